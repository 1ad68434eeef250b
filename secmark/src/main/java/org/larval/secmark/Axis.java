package org.larval.secmark;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What many rules compare with single numbers or ranges, and no rule changes: fields that packets
 * of one protocol have under different names in different rules are one axis.
 */
enum Axis {
  TARGET_PORT,
  SOURCE_PORT,
  TARGET,
  SOURCE,
  IN,
  OUT,
  PROTOCOL;

  /** A rule that compares more ranges than this is not looked for by them. */
  private static final int MAX_RANGES = 256;

  private static @Nullable Axis of(Field field) {
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

  /** Where a packet stands on it; false if nowhere. */
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

  /**
   * The ranges that a rule demands on this axis before it changes anything: a packet in none of
   * them does not fit. Null if it does not compare it, or with too many.
   */
  @Nullable List<Ranges.Range> demanded(Rule rule) {
    for (RuleStep step : rule.steps()) {
      switch (step) {
        case Match.Compare compare -> {
          if (!compare.negated() && !compare.masked() && of(compare.field()) == this) {
            return few(compare.values().all());
          }
        }
        case Match.Lookup lookup -> {
          if (!lookup.negated()
              && lookup.fields().size() == 1
              && of(lookup.fields().getFirst()) == this) {
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

  private static @Nullable List<Ranges.Range> few(List<Ranges.Range> ranges) {
    return ranges.size() > MAX_RANGES ? null : ranges;
  }
}
