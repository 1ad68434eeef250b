package org.larval.nic;

/**
 * How one end wakes the other: a kick (guest to lab) or an interrupt (lab to guest).
 *
 * <p>Ringing must not run the other end there and then; it asks for a turn of {@link LabFace#drain}
 * or {@link GuestFace#receive} at a time of the lab's choice. It may ring again before that turn
 * comes.
 */
@FunctionalInterface
public interface Doorbell {
  /** Nobody listens: the other end polls. */
  Doorbell NONE = () -> {};

  /** Asks for a turn of the other end. */
  void ring();
}
