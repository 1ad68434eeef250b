package org.larval.secmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpProtocol;

/**
 * Which rules of a chain may fit a packet. Each rule is looked for on one axis, that on which the
 * fewest others stand beside it; a packet meets those that it stands among on each axis, and the
 * rules that stand on none. So what runs is what would have run, in the same order.
 */
final class ChainIndex {
  private static final int MIN_RULES = 8;

  /** Fewer rules on an axis are sooner run than looked for. */
  private static final int MIN_ON_AXIS = 4;

  private final AxisIndex[] axes;

  /** The rules that are on no axis, and -1. */
  private final int[] everywhere;

  /** All rules, and -1: for packets whose header after IP is cut short, some of which drop. */
  private final int[] all;

  // the answer, and where each list that it comes from stands
  private final int[] merged;
  private final int[][] lists;
  private final int[] heads;

  private final FlowMemory memory;

  private ChainIndex(List<AxisIndex> axes, int[] everywhere, RuleStep[][] steps) {
    int rules = steps.length;
    memory = new FlowMemory(steps);
    this.axes = axes.toArray(AxisIndex[]::new);
    this.everywhere = everywhere;
    all = all(rules);
    merged = new int[rules + 1];
    lists = new int[axes.size() + 1][];
    heads = new int[axes.size() + 1];
  }

  /** The numbers of so many rules, and -1. */
  static int[] all(int rules) {
    int[] all = new int[rules + 1];
    Arrays.setAll(all, i -> i < rules ? i : -1);
    return all;
  }

  /** An index for the rules, or null if none is worth it. */
  static @Nullable ChainIndex of(List<Rule> rules, RuleStep[][] steps) {
    if (rules.size() < MIN_RULES || rules.size() >>> FlowMemory.RULE_BITS != 0) {
      return null;
    }
    @Nullable Axis[] chosen = new @Nullable Axis[rules.size()];
    int[] crowds = new int[rules.size()];
    Arrays.fill(crowds, Integer.MAX_VALUE);
    for (Axis axis : Axis.values()) {
      List<@Nullable List<Ranges.Range>> demanded = rules.stream().map(axis::demanded).toList();
      AxisIndex index = AxisIndex.of(axis, demanded);
      for (int i = 0; i < crowds.length && index != null; i++) {
        List<Ranges.Range> ranges = demanded.get(i);
        int crowd = ranges == null ? Integer.MAX_VALUE : index.crowd(ranges);
        if (crowd < crowds[i]) {
          crowds[i] = crowd;
          chosen[i] = axis;
        }
      }
    }
    return of(rules, chosen, steps);
  }

  private static @Nullable ChainIndex of(
      List<Rule> rules, @Nullable Axis[] chosen, RuleStep[][] steps) {
    List<AxisIndex> axes = new ArrayList<>();
    for (Axis axis : Axis.values()) {
      long count = Arrays.stream(chosen).filter(each -> each == axis).count();
      AxisIndex index = null;
      if (count >= MIN_ON_AXIS) {
        List<@Nullable List<Ranges.Range>> demanded = new ArrayList<>();
        for (int i = 0; i < chosen.length; i++) {
          demanded.add(chosen[i] == axis ? axis.demanded(rules.get(i)) : null);
        }
        index = AxisIndex.of(axis, demanded);
      }
      if (index != null) {
        axes.add(index);
      } else {
        Arrays.setAll(chosen, i -> chosen[i] == axis ? null : chosen[i]);
      }
    }
    int[] everywhere = new int[chosen.length + 1];
    int count = 0;
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i] == null) {
        everywhere[count++] = i;
      }
    }
    everywhere[count] = -1;
    return axes.isEmpty()
        ? null
        : new ChainIndex(axes, Arrays.copyOf(everywhere, count + 1), steps);
  }

  private static int header(int protocol) {
    return switch (protocol) {
      case IpProtocol.TCP -> 20;
      case IpProtocol.SCTP, IpProtocol.DCCP -> 12;
      case IpProtocol.UDP, IpProtocol.UDPLITE, IpProtocol.ICMP, IpProtocol.ICMPV6 -> 8;
      default -> 4;
    };
  }

  /**
   * The rules that may fit a packet, rising, and -1; good until the next question. See {@link
   * FlowMemory#find}.
   */
  int[] candidates(PacketFields packet) {
    if (packet.headers.fragmentOffset == 8 || packet.lacks(header(packet.headers.protocol))) {
      return all;
    }
    if (packet.headers.fragmentOffset != 0) {
      return search(packet);
    }
    int[] known = memory.find(packet);
    return known.length > 0 ? known : memory.add(packet, search(packet));
  }

  private int[] search(PacketFields packet) {
    int count = 0;
    if (everywhere[0] >= 0) {
      lists[count++] = everywhere;
    }
    for (AxisIndex axis : axes) {
      int[] found = axis.rules(packet);
      if (found[0] >= 0) {
        lists[count++] = found;
      }
    }
    return switch (count) {
      case 0 -> everywhere;
      case 1 -> lists[0];
      default -> merge(count);
    };
  }

  /** No rule stands in two of the lists. */
  private int[] merge(int count) {
    Arrays.fill(heads, 0, count, 0);
    int at = 0;
    while (true) {
      int least = Integer.MAX_VALUE;
      int from = 0;
      for (int i = 0; i < count; i++) {
        int next = lists[i][heads[i]];
        if (next >= 0 && next < least) {
          least = next;
          from = i;
        }
      }
      if (least == Integer.MAX_VALUE) {
        merged[at] = -1;
        return merged;
      }
      merged[at++] = least;
      heads[from]++;
    }
  }
}
