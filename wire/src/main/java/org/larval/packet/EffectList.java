package org.larval.packet;

import java.util.ArrayList;
import java.util.List;

/** Effects kept in order, for tests: what an engine did, to be read and released by the test. */
public final class EffectList implements Effects, AutoCloseable {
  /** One thing that the engine did. */
  public sealed interface Effect {}

  /** See {@link Effects#forward}. */
  public record Forwarded(Packet packet) implements Effect {}

  /** See {@link Effects#send}. */
  public record Sent(int port, Packet packet) implements Effect {}

  /** See {@link Effects#deliver}. */
  public record Delivered(Packet packet) implements Effect {}

  /** See {@link Effects#absorb}. */
  public record Absorbed(Packet packet) implements Effect {}

  /** See {@link Effects#drop}. */
  public record Dropped(Packet packet, DropReason reason) implements Effect {}

  /** See {@link Effects#emit}. */
  public record Emitted(Event event) implements Effect {}

  private final List<Effect> effects = new ArrayList<>();

  @Override
  public void forward(Packet packet) {
    effects.add(new Forwarded(packet));
  }

  @Override
  public void send(int port, Packet packet) {
    effects.add(new Sent(port, packet));
  }

  @Override
  public void deliver(Packet packet) {
    effects.add(new Delivered(packet));
  }

  @Override
  public void absorb(Packet packet) {
    effects.add(new Absorbed(packet));
  }

  @Override
  public void drop(Packet packet, DropReason reason) {
    effects.add(new Dropped(packet, reason));
  }

  @Override
  public void emit(Event event) {
    effects.add(new Emitted(event));
  }

  /** Everything so far, oldest first. */
  public List<Effect> all() {
    return List.copyOf(effects);
  }

  /** The effects of one kind, oldest first. */
  public <T extends Effect> List<T> of(Class<T> kind) {
    return effects.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** The reasons of all drops, oldest first. */
  public List<DropReason> drops() {
    return of(Dropped.class).stream().map(Dropped::reason).toList();
  }

  /** The announced events of one kind, oldest first. */
  public <T extends Event> List<T> events(Class<T> kind) {
    return of(Emitted.class).stream()
        .map(Emitted::event)
        .filter(kind::isInstance)
        .map(kind::cast)
        .toList();
  }

  /** Forgets everything and releases the packets of every effect. */
  public void clear() {
    for (Effect effect : effects) {
      switch (effect) {
        case Forwarded f -> f.packet().release();
        case Sent s -> s.packet().release();
        case Delivered d -> d.packet().release();
        case Absorbed a -> a.packet().release();
        case Dropped d -> d.packet().release();
        case Emitted e -> {}
      }
    }
    effects.clear();
  }

  @Override
  public void close() {
    clear();
  }
}
