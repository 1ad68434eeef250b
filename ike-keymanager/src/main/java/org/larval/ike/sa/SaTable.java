package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Endpoint;
import org.larval.ike.message.Octets;
import org.larval.wire.IpAddress;

/** The IKE SAs of a host, and how many of them nobody has authenticated yet. */
final class SaTable {
  private final Map<Long, IkeSa> bySpi = new LinkedHashMap<>();
  private final Map<First, IkeSa> byFirst = new HashMap<>();
  private final Map<IpAddress, Integer> halfOpenOf = new HashMap<>();
  private final Set<Integer> childSpis = new HashSet<>();
  private final Set<Integer> awaited = new HashSet<>();
  private int halfOpen;

  /** A first message: the same one again belongs to the same IKE SA. */
  private record First(Endpoint source, Octets message) {}

  void add(IkeSa sa) {
    bySpi.put(sa.ourSpi(), sa);
  }

  void remove(IkeSa sa) {
    bySpi.remove(sa.ourSpi(), sa);
  }

  @Nullable IkeSa bySpi(long spi) {
    return bySpi.get(spi);
  }

  /** All of them, oldest first. */
  List<IkeSa> all() {
    return new ArrayList<>(bySpi.values());
  }

  int size() {
    return bySpi.size();
  }

  /** Takes an SPI for an inbound child SA; false if it is taken. */
  boolean takeChildSpi(int spi) {
    return childSpis.add(spi) && awaited.add(spi);
  }

  /** The inbound SA of an SPI stands from now on. */
  void installedChildSpi(int spi) {
    awaited.remove(spi);
  }

  void giveBackChildSpi(int spi) {
    awaited.remove(spi);
    childSpis.remove(spi);
  }

  /** Whether an SPI has been named to a peer, and its inbound SA has yet to come. */
  boolean awaits(int spi) {
    return !awaited.isEmpty() && awaited.contains(spi);
  }

  /** The IKE SA that a first message has begun, or null. */
  @Nullable IkeSa begunBy(Endpoint source, Octets message) {
    return byFirst.get(new First(source, message));
  }

  void halfOpen(IkeSa sa, Endpoint source, Octets message) {
    byFirst.put(new First(source, message), sa);
    halfOpen++;
    halfOpenOf.merge(source.address(), 1, Integer::sum);
  }

  void noLongerHalfOpen(Endpoint source, Octets message) {
    if (byFirst.remove(new First(source, message)) != null) {
      halfOpen--;
      halfOpenOf.computeIfPresent(source.address(), (who, n) -> n == 1 ? null : n - 1);
    }
  }

  int halfOpen() {
    return halfOpen;
  }

  int halfOpenOf(IpAddress source) {
    return halfOpenOf.getOrDefault(source, 0);
  }
}
