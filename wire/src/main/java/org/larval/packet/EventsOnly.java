package org.larval.packet;

/** The way out of an engine that only announces things and never has a packet in its hands. */
public interface EventsOnly extends Effects {
  @Override
  default void forward(Packet packet) {
    throw new IllegalStateException("an engine without packets forwards one");
  }

  @Override
  default void send(int port, Packet packet) {
    throw new IllegalStateException("an engine without packets sends one");
  }

  @Override
  default void deliver(Packet packet) {
    throw new IllegalStateException("an engine without packets delivers one");
  }

  @Override
  default void absorb(Packet packet) {
    throw new IllegalStateException("an engine without packets absorbs one");
  }

  @Override
  default void drop(Packet packet, DropReason reason) {
    throw new IllegalStateException("an engine without packets drops one");
  }
}
