package org.larval.guest;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.larval.packet.Effects;
import org.larval.wire.IpAddress;
import org.larval.wire.Ipv6View;

/**
 * Path MTUs learned from ICMP (RFC 1191, 8201), forgotten after ten minutes
 * (net.ipv4.route.mtu_expires). A full table forgets its oldest entry.
 */
final class PathMtus {
  static final long LIFETIME = 600_000_000_000L;

  /** net.ipv4.route.min_pmtu. */
  static final int LEAST_V4 = 552;

  private record Learned(int mtu, long until) {}

  private final Map<IpAddress, Learned> learned = new LinkedHashMap<>();
  private final int limit;
  private final Alarm expiry;
  private int generation;

  PathMtus(int limit, Alarms alarms) {
    this.limit = limit;
    expiry = alarms.make(this::expire);
  }

  /** Changes whenever an answer of {@link #mtu} may have changed. */
  int generation() {
    return generation;
  }

  /** The path MTU to a target over a link of a given MTU. */
  int mtu(IpAddress target, int linkMtu) {
    Learned entry = learned.isEmpty() ? null : learned.get(target);
    return entry == null ? linkMtu : Math.min(entry.mtu, linkMtu);
  }

  /** Learns a smaller MTU; a larger one than known is not believed. */
  void lower(long now, IpAddress target, int mtu) {
    int bounded = Math.max(mtu, target.v6() ? Ipv6View.MIN_MTU : LEAST_V4);
    Learned old = learned.remove(target);
    int least = old == null ? bounded : Math.min(old.mtu, bounded);
    if (old == null && learned.size() == limit) {
      Iterator<IpAddress> oldest = learned.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
    learned.put(target, new Learned(least, now + LIFETIME));
    generation++;
    if (!expiry.isSet()) {
      expiry.set(now + LIFETIME);
    }
  }

  private void expire(long now, Effects out) {
    Iterator<Learned> oldest = learned.values().iterator();
    while (oldest.hasNext()) {
      Learned entry = oldest.next();
      if (entry.until > now) {
        expiry.set(entry.until);
        break;
      }
      oldest.remove();
    }
    generation++;
  }
}
