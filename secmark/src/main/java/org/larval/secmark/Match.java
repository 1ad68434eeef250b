package org.larval.secmark;

import java.util.List;
import org.larval.wire.IpProtocol;

/** A part of a rule that only looks. */
sealed interface Match extends RuleStep {
  /**
   * What a field has under a mask lies in ranges, or does not.
   *
   * @param maskHigh all ones for no mask
   */
  record Compare(Field field, long maskHigh, long maskLow, boolean negated, Ranges values)
      implements Match {
    static Compare of(Field field, boolean negated, Ranges values) {
      return new Compare(field, -1, -1, negated, values);
    }

    boolean masked() {
      return (maskHigh & maskLow) != -1;
    }

    @Override
    public int run(PacketFields packet) {
      return packet.load(field)
              && values.contains(packet.high & maskHigh, packet.low & maskLow) != negated
          ? Flow.NEXT_STEP
          : Flow.NEXT_RULE;
    }
  }

  /** The fields together are an element of a set, or are not. */
  final class Lookup implements Match {
    private final Field[] fields;
    private final boolean negated;
    private final ValueSet set;

    Lookup(List<Field> fields, boolean negated, ValueSet set) {
      this.fields = fields.toArray(Field[]::new);
      this.negated = negated;
      this.set = set;
    }

    List<Field> fields() {
      return List.of(fields);
    }

    boolean negated() {
      return negated;
    }

    /** Whether all packets of a flow have the same in the fields. */
    boolean ofFlow() {
      for (Field field : fields) {
        if (!field.isOfFlow()) {
          return false;
        }
      }
      return true;
    }

    ValueSet set() {
      return set;
    }

    @Override
    public int run(PacketFields packet) {
      for (Field field : fields) {
        if (!packet.load(field)) {
          return Flow.NEXT_RULE;
        }
      }
      return set.place(packet, fields) >= 0 != negated ? Flow.NEXT_STEP : Flow.NEXT_RULE;
    }
  }

  /**
   * An xtables match that reads the header after IP: later fragments do not fit, and a packet whose
   * header is cut short is dropped at once (hotdrop).
   *
   * @param bytes of the header that it reads
   */
  record Header(int bytes) implements Match {
    @Override
    public int run(PacketFields packet) {
      if (packet.headers.fragmentOffset != 0) {
        boolean overlap =
            packet.headers.protocol == IpProtocol.TCP && packet.headers.fragmentOffset == 8;
        return overlap && bytes > 4 ? Flow.DROP : Flow.NEXT_RULE;
      }
      return packet.lacks(bytes) ? Flow.DROP : Flow.NEXT_STEP;
    }
  }

  /** Any of several matches: source or destination port of multiport. */
  record Either(List<Compare> matches, boolean negated) implements Match {
    @Override
    public int run(PacketFields packet) {
      boolean any = false;
      for (int i = 0; i < matches.size(); i++) {
        any |= matches.get(i).run(packet) == Flow.NEXT_STEP;
      }
      return any != negated ? Flow.NEXT_STEP : Flow.NEXT_RULE;
    }
  }

  /** The packet is a later fragment: {@code -f} of iptables. */
  record Fragment(boolean negated) implements Match {
    @Override
    public int run(PacketFields packet) {
      return packet.headers.fragmentOffset != 0 != negated ? Flow.NEXT_STEP : Flow.NEXT_RULE;
    }
  }
}
