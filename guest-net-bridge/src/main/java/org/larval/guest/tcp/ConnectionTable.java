package org.larval.guest.tcp;

import org.jspecify.annotations.Nullable;
import org.larval.packet.FlowKey;

/**
 * Connections by their four-tuple: a hash table with chains through the connections themselves, so
 * that a look-up allocates nothing. The hash is seeded: a peer cannot choose ports that collide.
 */
final class ConnectionTable {
  private static final int FIRST_CAPACITY = 64;

  private final long seed;
  private @Nullable TcpConnection[] buckets = new @Nullable TcpConnection[FIRST_CAPACITY];
  private int size;

  ConnectionTable(long seed) {
    this.seed = seed;
  }

  int size() {
    return size;
  }

  /** The connection whose packets come in with this flow, or null. */
  @Nullable TcpConnection incoming(FlowKey in) {
    int hash =
        hash(
            in.targetHigh, in.targetLow, in.targetPort, in.sourceHigh, in.sourceLow, in.sourcePort);
    TcpConnection c = buckets[hash & buckets.length - 1];
    while (c != null) {
      FlowKey own = c.flow;
      if (own.sourcePort == in.targetPort
          && own.targetPort == in.sourcePort
          && own.v6 == in.v6
          && own.sourceLow == in.targetLow
          && own.targetLow == in.sourceLow
          && own.sourceHigh == in.targetHigh
          && own.targetHigh == in.sourceHigh) {
        return c;
      }
      c = c.nextInBucket;
    }
    return null;
  }

  /** Adds a connection whose tuple is not there yet. */
  void add(TcpConnection c) {
    if (size >= buckets.length) {
      grow();
    }
    chain(buckets, c);
    size++;
  }

  /** Removes a connection that is there. */
  void remove(TcpConnection c) {
    int at = hash(c) & buckets.length - 1;
    TcpConnection before = null;
    for (TcpConnection x = buckets[at]; x != null; x = x.nextInBucket) {
      if (x == c) {
        if (before == null) {
          buckets[at] = c.nextInBucket;
        } else {
          before.nextInBucket = c.nextInBucket;
        }
        c.nextInBucket = null;
        size--;
        return;
      }
      before = x;
    }
  }

  private void grow() {
    @Nullable TcpConnection[] larger = new @Nullable TcpConnection[buckets.length * 2];
    for (TcpConnection c : buckets) {
      while (c != null) {
        TcpConnection next = c.nextInBucket;
        chain(larger, c);
        c = next;
      }
    }
    buckets = larger;
  }

  private void chain(@Nullable TcpConnection[] into, TcpConnection c) {
    int at = hash(c) & into.length - 1;
    c.nextInBucket = into[at];
    into[at] = c;
  }

  private int hash(TcpConnection c) {
    FlowKey own = c.flow;
    return hash(
        own.sourceHigh,
        own.sourceLow,
        own.sourcePort,
        own.targetHigh,
        own.targetLow,
        own.targetPort);
  }

  private int hash(long lh, long ll, int localPort, long rh, long rl, int remotePort) {
    long mixed = seed;
    mixed = mix(mixed ^ lh);
    mixed = mix(mixed ^ ll);
    mixed = mix(mixed ^ rh);
    mixed = mix(mixed ^ rl);
    mixed = mix(mixed ^ (long) localPort << 16 ^ remotePort);
    return (int) (mixed >>> 32);
  }

  private static long mix(long value) {
    long mixed = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
    return mixed ^ mixed >>> 27;
  }
}
