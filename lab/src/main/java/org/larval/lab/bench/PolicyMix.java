package org.larval.lab.bench;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.larval.packet.FlowKey;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Policy;
import org.larval.xfrm.Selector;

/**
 * Policies as they stand in gateways and hosts, and flows for them: holes for key exchange and
 * neighbour discovery from anywhere to anywhere, hosts, road warriors, sites of /8 to /31 and /16
 * to /127, with and without protocol and ports; two of three IPv4. Priorities as strongSwan gives
 * them: the more is selected, the better.
 */
final class PolicyMix {
  private static final int BASE = 400_000;
  private static final int IKE = 500;
  private static final int IKE_NAT = 4500;
  private static final int NEIGHBOUR_SOLICITATION = 135;
  private static final int NEIGHBOUR_ADVERTISEMENT = 136;
  private static final int WIDE = 400;
  private static final int WHOLE = 0xffff;

  private final RandomGenerator random;

  PolicyMix(RandomGenerator random) {
    this.random = random;
  }

  /** So many policies, all of different selectors. */
  List<Policy> of(int count) {
    Set<Selector> seen = new HashSet<>();
    List<Policy> policies = new ArrayList<>(count);
    for (Selector hole : holes()) {
      if (policies.size() < count / 2 && seen.add(hole)) {
        policies.add(policy(hole, 0));
      }
    }
    while (policies.size() < count) {
      Selector selector = selector();
      if (seen.add(selector)) {
        policies.add(policy(selector, priority(selector)));
      }
    }
    return policies;
  }

  private static List<Selector> holes() {
    List<Selector> holes = new ArrayList<>();
    for (boolean v6 : new boolean[] {false, true}) {
      Prefix any = Prefix.any(v6);
      for (int port : new int[] {IKE, IKE_NAT}) {
        holes.add(new Selector(any, any, IpProtocol.UDP, port, WHOLE, 0, 0, 0));
        holes.add(new Selector(any, any, IpProtocol.UDP, 0, 0, port, WHOLE, 0));
      }
    }
    for (int type : new int[] {NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT}) {
      Prefix any = Prefix.any(true);
      holes.add(new Selector(any, any, IpProtocol.ICMPV6, type, WHOLE, 0, 0, 0));
    }
    return holes;
  }

  private static Policy policy(Selector selector, int priority) {
    return new Policy(
        Direction.OUT, selector, priority, 0, Policy.Action.ALLOW, Mark.NONE, 0, null, List.of());
  }

  private static int priority(Selector selector) {
    return BASE
        - 512 * (selector.source().length() + selector.target().length())
        - (selector.protocol() == 0 ? 0 : 256)
        - 4 * Integer.bitCount(selector.sourceMask())
        - 4 * Integer.bitCount(selector.targetMask());
  }

  private Selector selector() {
    boolean v6 = random.nextInt(3) == 0;
    int bits = v6 ? 128 : 32;
    int kind = random.nextInt(10);
    Prefix source;
    Prefix target;
    if (kind < 4) {
      source = Prefix.host(here(v6));
      target = Prefix.host(there(v6));
    } else if (kind < 6) {
      source = Prefix.any(v6);
      target = Prefix.host(there(v6));
    } else {
      source = new Prefix(here(v6), siteLength(bits)).network();
      target = new Prefix(there(v6), siteLength(bits)).network();
    }
    return switch (random.nextInt(6)) {
      case 0 -> new Selector(source, target, IpProtocol.TCP, 0, 0, port(), WHOLE, 0);
      case 1 -> new Selector(source, target, IpProtocol.UDP, port() & 0xff00, 0xff00, 0, 0, 0);
      case 2 -> new Selector(source, target, IpProtocol.TCP, 0, 0, 0, 0, 0);
      default -> new Selector(source, target, 0, 0, 0, 0, 0, 0);
    };
  }

  /** Most sites are /24 or /64 and thereabouts; a few are as wide as can be. */
  private int siteLength(int bits) {
    if (random.nextInt(WIDE) == 0) {
      return 1 + random.nextInt(bits / 2 - 1);
    }
    return bits / 2 + random.nextInt(bits / 2);
  }

  private int port() {
    return 1 + random.nextInt(WHOLE);
  }

  /** This side: 10.0.0.0/8 and a few sites of one provider. */
  private IpAddress here(boolean v6) {
    return v6
        ? IpAddress.ofV6(0x2001_0db8_0000_0000L | random.nextInt(1 << 20), random.nextLong())
        : IpAddress.ofV4(10 << 24 | random.nextInt(1 << 24));
  }

  /** The other side: anywhere. */
  private IpAddress there(boolean v6) {
    return v6
        ? IpAddress.ofV6(0x2000_0000_0000_0000L | random.nextLong() >>> 3, random.nextLong())
        : IpAddress.ofV4(random.nextInt());
  }

  /** A flow that the policy covers. */
  void inside(Policy policy, FlowKey flow) {
    Selector selector = policy.selector();
    boolean v6 = selector.v6();
    flow.addresses(within(selector.source(), here(v6)), within(selector.target(), there(v6)));
    int protocol = selector.protocol();
    flow.ports(
        protocol == 0 ? IpProtocol.UDP : protocol,
        selector.sourcePort() | port() & ~selector.sourceMask(),
        selector.targetPort() | port() & ~selector.targetMask());
  }

  /** One that is near a policy, or anywhere. */
  void beside(Policy policy, FlowKey flow) {
    inside(policy, flow);
    boolean v6 = flow.v6;
    switch (random.nextInt(4)) {
      case 0 -> flow.addresses(there(v6), flow.target());
      case 1 -> flow.ports(flow.protocol, port(), port());
      case 2 -> flow.ports(IpProtocol.SCTP, port(), port());
      default -> flow.addresses(here(v6), there(v6));
    }
  }

  private static IpAddress within(Prefix prefix, IpAddress host) {
    int length = prefix.length();
    IpAddress address = prefix.address();
    if (!address.v6()) {
      int mask = length == 0 ? 0 : -1 << 32 - length;
      return IpAddress.ofV4(address.v4Bits() & mask | host.v4Bits() & ~mask);
    }
    long high = length == 0 ? 0 : length >= 64 ? -1L : -1L << 64 - length;
    long low = length <= 64 ? 0 : -1L << 128 - length;
    return IpAddress.ofV6(
        address.high() & high | host.high() & ~high, address.low() & low | host.low() & ~low);
  }
}
