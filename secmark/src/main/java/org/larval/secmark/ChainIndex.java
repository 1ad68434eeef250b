package org.larval.secmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpProtocol;

/**
 * Which rules of a chain may fit a packet, found by one field that many of them compare: the
 * numbers are cut into stretches at every end of a range, and each stretch knows its rules. Rules
 * that do not compare the field stand in every stretch, so what runs is what would have run, in the
 * same order.
 */
final class ChainIndex {
  private static final int MIN_RULES = 8;

  /** The most rule numbers that an index keeps. */
  private static final int MAX_ENTRIES = 1 << 20;

  /** A field counts in a rule only if at most this many ranges are compared. */
  private static final int MAX_RANGES = 256;

  /** Fields that packets of one protocol have under different names in different rules. */
  private enum Axis {
    TARGET_PORT,
    SOURCE_PORT,
    TARGET,
    SOURCE,
    IN,
    OUT,
    PROTOCOL;

    static @Nullable Axis of(Field field) {
      return switch (field) {
        case TCP_DPORT, UDP_DPORT, UDPLITE_DPORT, SCTP_DPORT, DCCP_DPORT, TH_DPORT -> TARGET_PORT;
        case TCP_SPORT, UDP_SPORT, UDPLITE_SPORT, SCTP_SPORT, DCCP_SPORT, TH_SPORT -> SOURCE_PORT;
        case IP_DADDR, IP6_DADDR -> TARGET;
        case IP_SADDR, IP6_SADDR -> SOURCE;
        case IIFNAME -> IN;
        case OIFNAME -> OUT;
        case META_L4PROTO -> PROTOCOL;
        default -> null;
      };
    }

    boolean load(PacketFields packet) {
      return switch (this) {
        case TARGET_PORT -> packet.load(Field.TH_DPORT);
        case SOURCE_PORT -> packet.load(Field.TH_SPORT);
        case TARGET -> packet.load(packet.headers.v6 ? Field.IP6_DADDR : Field.IP_DADDR);
        case SOURCE -> packet.load(packet.headers.v6 ? Field.IP6_SADDR : Field.IP_SADDR);
        case IN -> packet.load(Field.IIFNAME);
        case OUT -> packet.load(Field.OIFNAME);
        case PROTOCOL -> packet.load(Field.META_L4PROTO);
      };
    }
  }

  /** The first number of a stretch. */
  private record Cut(long high, long low) implements Comparable<Cut> {
    @Override
    public int compareTo(Cut other) {
      return Ranges.compare(high, low, other.high, other.low);
    }
  }

  private final Axis axis;
  private final long[] cuts;
  private final int[][] stretches;

  /** For packets that do not have the field. */
  private final int[] others;

  /** For packets whose header after IP is cut short: xtables drops some of them. */
  private final int[] all;

  private ChainIndex(Axis axis, long[] cuts, int[][] stretches, int[] others, int rules) {
    this.axis = axis;
    this.cuts = cuts;
    this.stretches = stretches;
    this.others = others;
    all = new int[rules];
    Arrays.setAll(all, i -> i);
  }

  /** The best index for the rules, or null if none is worth it. */
  static @Nullable ChainIndex of(List<Rule> rules) {
    if (rules.size() < MIN_RULES) {
      return null;
    }
    Axis best = null;
    int most = 0;
    for (Axis axis : Axis.values()) {
      int count = 0;
      for (Rule rule : rules) {
        if (compared(rule, axis) != null) {
          count++;
        }
      }
      if (count > most) {
        most = count;
        best = axis;
      }
    }
    return best == null || most < rules.size() / 2 ? null : build(rules, best);
  }

  /** The ranges that a rule compares on an axis before it changes anything; null for none. */
  private static @Nullable Collection<Ranges.Range> compared(Rule rule, Axis axis) {
    for (RuleStep step : rule.steps()) {
      switch (step) {
        case Match.Compare compare -> {
          if (!compare.negated() && !compare.masked() && Axis.of(compare.field()) == axis) {
            return few(compare.values().all());
          }
        }
        case Match.Lookup lookup -> {
          if (!lookup.negated()
              && lookup.fields().size() == 1
              && Axis.of(lookup.fields().getFirst()) == axis) {
            return few(lookup.set().ranges().all());
          }
        }
        case Match other -> {}
        case Statement changes -> {
          return null;
        }
      }
    }
    return null;
  }

  private static @Nullable Collection<Ranges.Range> few(List<Ranges.Range> ranges) {
    return ranges.size() > MAX_RANGES ? null : ranges;
  }

  private static @Nullable ChainIndex build(List<Rule> rules, Axis axis) {
    TreeSet<Cut> set = new TreeSet<>();
    set.add(new Cut(0, 0));
    List<@Nullable Collection<Ranges.Range>> perRule = new ArrayList<>();
    for (Rule rule : rules) {
      Collection<Ranges.Range> ranges = compared(rule, axis);
      perRule.add(ranges);
      if (ranges != null) {
        for (Ranges.Range range : ranges) {
          set.add(new Cut(range.firstHigh(), range.firstLow()));
          long low = range.lastLow() + 1;
          long high = range.lastHigh() + (low == 0 ? 1 : 0);
          if (high != 0 || low != 0) {
            set.add(new Cut(high, low));
          }
        }
      }
    }
    return fill(perRule, axis, List.copyOf(set));
  }

  private static @Nullable ChainIndex fill(
      List<@Nullable Collection<Ranges.Range>> perRule, Axis axis, List<Cut> cuts) {
    int[][] stretches = new int[cuts.size()][];
    long[] words = new long[cuts.size() * 2];
    int entries = 0;
    for (int i = 0; i < stretches.length; i++) {
      Cut cut = cuts.get(i);
      words[i * 2] = cut.high;
      words[i * 2 + 1] = cut.low;
      stretches[i] = rulesAt(perRule, cut);
      entries += stretches[i].length;
      if (entries > MAX_ENTRIES) {
        return null;
      }
    }
    return new ChainIndex(axis, words, stretches, rulesAt(perRule, null), perRule.size());
  }

  private static int[] rulesAt(
      List<@Nullable Collection<Ranges.Range>> perRule, @Nullable Cut cut) {
    int[] found = new int[perRule.size()];
    int count = 0;
    for (int rule = 0; rule < found.length; rule++) {
      Collection<Ranges.Range> ranges = perRule.get(rule);
      if (ranges == null || cut != null && holds(ranges, cut)) {
        found[count++] = rule;
      }
    }
    return Arrays.copyOf(found, count);
  }

  private static boolean holds(Collection<Ranges.Range> ranges, Cut cut) {
    for (Ranges.Range range : ranges) {
      if (range.contains(cut.high, cut.low)) {
        return true;
      }
    }
    return false;
  }

  private static int header(int protocol) {
    return switch (protocol) {
      case IpProtocol.TCP -> 20;
      case IpProtocol.SCTP, IpProtocol.DCCP -> 12;
      case IpProtocol.UDP, IpProtocol.UDPLITE, IpProtocol.ICMP, IpProtocol.ICMPV6 -> 8;
      default -> 4;
    };
  }

  int[] candidates(PacketFields packet) {
    if (packet.headers.fragmentOffset == 8 || packet.lacks(header(packet.headers.protocol))) {
      return all;
    }
    if (!axis.load(packet)) {
      return others;
    }
    int from = 0;
    int to = stretches.length - 1;
    while (from < to) {
      int middle = (from + to + 1) >>> 1;
      if (Ranges.compare(packet.high, packet.low, cuts[middle * 2], cuts[middle * 2 + 1]) < 0) {
        to = middle - 1;
      } else {
        from = middle;
      }
    }
    return stretches[from];
  }
}
