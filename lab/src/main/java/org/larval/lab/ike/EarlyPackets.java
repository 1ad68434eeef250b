package org.larval.lab.ike;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.Consumer;
import org.larval.packet.Packet;

/**
 * ESP that has overtaken the answer of IKE that brings its SA. A responder may use the SA that
 * leads to us as soon as it has it, and strongSwan does so before its answer is on the wire. Only
 * SPIs that we have named to a peer in an exchange under way come here, which nobody else can have
 * read; they are few and wait shortly.
 */
final class EarlyPackets {
  /** At most so many wait. */
  static final int CAPACITY = 256;

  /** An answer that takes longer than this is lost, and so are they. Nanoseconds. */
  static final long PATIENCE = 1_000_000_000L;

  private record Early(int spi, long until, Packet packet) {}

  private final Deque<Early> waiting = new ArrayDeque<>();

  /** Keeps a packet; the oldest goes if there are too many. */
  void hold(long now, int spi, Packet packet) {
    if (waiting.size() == CAPACITY) {
      waiting.removeFirst().packet.release();
    }
    waiting.addLast(new Early(spi, now + PATIENCE, packet));
  }

  /** The SA of an SPI is there: hands its packets on as they came. */
  void installed(int spi, Consumer<Packet> to) {
    for (Iterator<Early> each = waiting.iterator(); each.hasNext(); ) {
      Early early = each.next();
      if (early.spi == spi) {
        each.remove();
        to.accept(early.packet);
      }
    }
  }

  /** When the first has waited too long; {@link Long#MAX_VALUE} if none waits. */
  long deadline() {
    Early first = waiting.peekFirst();
    return first == null ? Long.MAX_VALUE : first.until;
  }

  void onDeadline(long now) {
    while (deadline() <= now) {
      waiting.removeFirst().packet.release();
    }
  }

  void close() {
    onDeadline(Long.MAX_VALUE - 1);
  }
}
