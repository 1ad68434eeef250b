package org.larval.packet;

/**
 * A way out that nobody keeps books about, as on a real host: what ends is released, and what is
 * announced is not heard, unless whoever implements it says more.
 */
public interface ReleasingEffects extends Effects {
  @Override
  default void send(int port, Packet packet) {
    packet.release();
  }

  @Override
  default void deliver(Packet packet) {
    packet.release();
  }

  @Override
  default void absorb(Packet packet) {
    packet.release();
  }

  @Override
  default void drop(Packet packet, DropReason reason) {
    packet.release();
  }

  @Override
  default void emit(Event event) {}
}
