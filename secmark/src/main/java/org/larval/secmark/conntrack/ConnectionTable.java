package org.larval.secmark.conntrack;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Confirmed connections by their tuples; as many buckets as there may be connections, or more. */
final class ConnectionTable {
  /** How many buckets are searched for somebody to drop (NF_CT_EVICTION_RANGE). */
  private static final int EVICTION_RANGE = 8;

  private final @Nullable Connection[] buckets;
  private int size;
  private int swept;

  ConnectionTable(int max) {
    int wanted = Integer.highestOneBit(Math.max(16, max) * 2 - 1);
    buckets = new @Nullable Connection[wanted];
  }

  private int bucket(long hash) {
    return (int) hash & (buckets.length - 1);
  }

  /** The connection that a packet of this tuple belongs to, in either direction. */
  @Nullable Connection find(long now, Tuple tuple, long hash) {
    Connection at = buckets[bucket(hash)];
    while (at != null) {
      if (at.hash == hash && tuple.isIn(at)) {
        if (at.expires > now) {
          return at;
        }
        Connection gone = at;
        at = at.next;
        remove(gone);
      } else {
        at = at.next;
      }
    }
    return null;
  }

  void add(Connection connection) {
    int bucket = bucket(connection.hash);
    connection.next = buckets[bucket];
    buckets[bucket] = connection;
    connection.confirmed = true;
    size++;
  }

  void remove(Connection connection) {
    int bucket = bucket(connection.hash);
    Connection before = null;
    for (Connection at = buckets[bucket]; at != null; at = at.next) {
      if (at == connection) {
        if (before == null) {
          buckets[bucket] = at.next;
        } else {
          before.next = at.next;
        }
        size--;
        connection.dying = true;
        return;
      }
      before = at;
    }
  }

  /** Makes room near a bucket: the expired and the first that is not assured (early_drop). */
  boolean dropEarly(long now, long hash) {
    for (int i = 0; i < EVICTION_RANGE; i++) {
      Connection at = buckets[bucket(hash + i)];
      boolean room = false;
      while (at != null) {
        Connection gone = at;
        at = at.next;
        if (gone.expires <= now) {
          remove(gone);
          room = true;
        } else if (!gone.assured) {
          remove(gone);
          return true;
        }
      }
      if (room) {
        return true;
      }
    }
    return false;
  }

  /** Forgets what is expired in the next {@code count} buckets; true when all were visited. */
  boolean sweep(long now, int count) {
    int end = Math.min(buckets.length, swept + count);
    for (; swept < end; swept++) {
      Connection at = buckets[swept];
      while (at != null) {
        Connection gone = at;
        at = at.next;
        if (gone.expires <= now) {
          remove(gone);
        }
      }
    }
    if (swept == buckets.length) {
      swept = 0;
      return true;
    }
    return false;
  }

  int size() {
    return size;
  }

  List<Connection> all(long now) {
    List<Connection> all = new ArrayList<>(size);
    for (Connection first : buckets) {
      for (Connection at = first; at != null; at = at.next) {
        if (at.expires > now) {
          all.add(at);
        }
      }
    }
    return all;
  }
}
