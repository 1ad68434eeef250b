package org.larval.packet;

/**
 * The only way out of an engine. Under test it is an {@link EffectList}; in the lab a dispatcher.
 *
 * <p>Whoever passes a packet here gives it away: after the call the engine must not touch it.
 */
public interface Effects {
  /** The packet goes on to the next room of its walk. */
  void forward(Packet packet);

  /** The packet leaves through the numbered port of this room. */
  void send(int port, Packet packet);

  /** The packet did what it was sent for and ends here: an application or the stack used it. */
  void deliver(Packet packet);

  /**
   * The packet ends here as a part of others: fragments merged into a datagram, or a datagram cut
   * into fragments. Its fate is theirs.
   */
  void absorb(Packet packet);

  /** The packet ends here. The one place where a dropped packet's buffer is released. */
  void drop(Packet packet, DropReason reason);

  /** Something happened that somebody outside this room may want to know. */
  void emit(Event event);
}
