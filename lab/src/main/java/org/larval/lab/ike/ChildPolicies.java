package org.larval.lab.ike;

import java.util.ArrayList;
import java.util.List;
import org.larval.ike.ChildParameters;
import org.larval.ike.config.Child;
import org.larval.ike.config.TrafficSpec;
import org.larval.ike.message.Protocol;
import org.larval.ike.message.Selector;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Policy;
import org.larval.xfrm.Template;

/** The policies of a child, with strongSwan's priorities: the narrower selector first. */
final class ChildPolicies {
  private static final int FIRST_PRIORITY = 100_000;

  /** What all policies of one direction have in common. */
  private record Way(
      Direction direction, IpAddress from, IpAddress to, int protocol, int reqid, Mode mode) {}

  private ChildPolicies() {}

  /** Those that one half of a pair needs. */
  static List<Policy> of(ChildParameters child, boolean inbound, int reqid) {
    IpAddress here = child.local().address();
    IpAddress there = child.remote().address();
    Mode mode = mode(child.tunnel());
    return inbound
        ? policies(
            child.remoteSelectors(),
            child.localSelectors(),
            new Way(Direction.IN, there, here, child.protocol(), reqid, mode))
        : policies(
            child.localSelectors(),
            child.remoteSelectors(),
            new Way(Direction.OUT, here, there, child.protocol(), reqid, mode));
  }

  /** Those that wait for the traffic of a child between two hosts. */
  static List<Policy> trap(Child child, IpAddress from, IpAddress to, int reqid) {
    boolean ah = child.proposals().stream().anyMatch(one -> one.protocol() == Protocol.AH.id());
    return policies(
        ranges(child.local(), from),
        ranges(child.remote(), to),
        new Way(
            Direction.OUT,
            from,
            to,
            ah ? IpProtocol.AH : IpProtocol.ESP,
            reqid,
            mode(child.tunnel())));
  }

  static Mode mode(boolean tunnel) {
    return tunnel ? Mode.TUNNEL : Mode.TRANSPORT;
  }

  private static List<Policy> policies(
      List<Selector.Range> sources, List<Selector.Range> targets, Way way) {
    List<Policy> policies = new ArrayList<>();
    for (org.larval.xfrm.Selector selector : SelectorCover.of(sources, targets)) {
      int width = 2 * selector.source().address().bits();
      int priority =
          FIRST_PRIORITY
              + 4 * (width - selector.source().length() - selector.target().length())
              + (selector.protocol() == 0 ? 2 : 0)
              + (selector.sourceMask() == 0 && selector.targetMask() == 0 ? 1 : 0);
      policies.add(
          new Policy(
              way.direction(),
              selector,
              priority,
              0,
              Policy.Action.ALLOW,
              Mark.NONE,
              0,
              null,
              List.of(
                  new Template(
                      way.from(), way.to(), 0, way.protocol(), way.reqid(), way.mode(), false))));
    }
    return policies;
  }

  /** Traffic of a file as the selectors of a host. */
  static List<Selector.Range> ranges(List<TrafficSpec> specs, IpAddress host) {
    List<Selector.Range> ranges = new ArrayList<>();
    for (TrafficSpec spec : specs) {
      Prefix prefix = spec.addresses(host);
      int hostBits = prefix.address().bits() - prefix.length();
      IpAddress first = prefix.network().address();
      long lowBits = hostBits >= Long.SIZE ? -1L : (1L << hostBits) - 1;
      long highBits =
          hostBits <= Long.SIZE
              ? 0
              : hostBits == 2 * Long.SIZE ? -1L : (1L << hostBits - Long.SIZE) - 1;
      IpAddress last =
          first.v6()
              ? IpAddress.ofV6(first.high() | highBits, first.low() | lowBits)
              : IpAddress.ofV4((int) (first.low() | lowBits));
      ranges.add(
          new Selector.Range(spec.protocol(), spec.firstPort(), spec.lastPort(), first, last));
    }
    return ranges;
  }
}
