package org.larval.ike.sa;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/**
 * Addresses that are given to peers: to the same identity the same one while it is free, otherwise
 * the lowest free one. Network and broadcast address of an IPv4 pool are not given.
 */
final class AddressPools {
  private static final int SEARCH = 1 << 20;

  private final Set<IpAddress> given = new HashSet<>();
  private final Map<String, IpAddress> last = new HashMap<>();

  /** An address of a pool for an identity, or null if none is free. */
  @Nullable IpAddress take(Prefix pool, String identity, IpAddress wanted) {
    if (!wanted.isAny() && pool.contains(wanted) && given.add(wanted)) {
      last.put(identity, wanted);
      return wanted;
    }
    IpAddress before = last.get(identity);
    if (before != null && pool.contains(before) && given.add(before)) {
      return before;
    }
    int bits = pool.address().bits() - pool.length();
    boolean all = bits < 2;
    long count = bits >= 20 ? SEARCH : 1L << bits;
    for (long n = all ? 0 : 1; n < (all || pool.address().v6() ? count : count - 1); n++) {
      IpAddress network = pool.network().address();
      IpAddress candidate = new IpAddress(network.v6(), network.high(), network.low() + n);
      if (given.add(candidate)) {
        last.put(identity, candidate);
        return candidate;
      }
    }
    return null;
  }

  void giveBack(IpAddress address) {
    given.remove(address);
  }
}
