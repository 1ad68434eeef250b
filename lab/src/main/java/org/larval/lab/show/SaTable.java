package org.larval.lab.show;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.wire.IpAddress;
import org.larval.xfrm.State;
import org.larval.xfrm.transform.Reseal;

/**
 * The SAs of the file by what a packet names. Several lines may describe one SA, the sender's and
 * the receiver's, with flags of their own: all are tried. Extended sequence numbers are followed,
 * beginning with those in the lines.
 */
final class SaTable {
  private static final long LOW = 0xffff_ffffL;
  private static final long EPOCH = 1L << 32;

  private final Map<State.Id, Followed> table = new LinkedHashMap<>();

  SaTable(List<Sa> sas) {
    for (Sa sa : sas) {
      table.computeIfAbsent(sa.id(), id -> new Followed()).add(sa);
    }
  }

  /** Whether there is an SA for a packet. */
  boolean has(IpAddress target, int spi, int protocol) {
    return table.containsKey(new State.Id(target, spi, protocol));
  }

  /** Whether an SA is wrapped in UDP with these ports, in either direction. */
  boolean encapsulates(int port, int otherPort) {
    for (Followed followed : table.values()) {
      for (Sa sa : followed.sas) {
        var encap = sa.add().parameters().encap();
        if (encap != null
            && (encap.sourcePort() == port && encap.targetPort() == otherPort
                || encap.sourcePort() == otherPort && encap.targetPort() == port)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Opens a packet.
   *
   * @param low the 32 bits of the sequence number that it carries, 0 for IPComp
   * @return null if there is no SA
   */
  @Nullable Opening open(IpAddress target, int spi, int protocol, int low, byte[] packet) {
    Followed followed = table.get(new State.Id(target, spi, protocol));
    return followed == null ? null : followed.open(low & LOW, packet);
  }

  /**
   * What came of opening.
   *
   * @param sa that opened it, or the first of those that did not
   * @param refused null if it was opened
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, compared by nobody
  record Opening(
      Followed followed, Sa sa, long sequence, byte[] inner, @Nullable DropReason refused) {

    /** Builds it again; the one that equals it, or else the last that could be built. */
    Reseal.Outcome seal(byte[] captured) {
      Reseal.Outcome last = sa.reseal().seal(inner, captured, sequence);
      for (Sa other : followed.sas) {
        if (Arrays.equals(last.packet(), captured)) {
          return last;
        }
        if (!other.equals(sa) && other.add().mode() == sa.add().mode()) {
          Reseal.Outcome next = other.reseal().seal(inner, captured, sequence);
          last = next.refused() == null ? next : last;
        }
      }
      return last;
    }
  }

  /** One SA and how far its numbers are. */
  static final class Followed {
    private final List<Sa> sas = new ArrayList<>();
    private long top;

    private void add(Sa sa) {
      sas.add(sa);
      long known = Math.max(sa.add().parameters().lastIn(), sa.add().parameters().lastOut());
      top = Math.max(top, known);
    }

    private Opening open(long low, byte[] packet) {
      DropReason first = null;
      for (Sa sa : sas) {
        for (long sequence : sa.add().parameters().extended() ? guesses(low) : Set.of(low)) {
          Reseal.Outcome outcome = sa.reseal().open(packet, sequence);
          if (outcome.refused() == null) {
            top = sequence;
            return new Opening(this, sa, sequence, outcome.packet(), null);
          }
          first = first == null ? outcome.refused() : first;
        }
      }
      return new Opening(this, sas.getFirst(), low, new byte[0], first);
    }

    /** The whole number nearest to the last one first. */
    private Set<Long> guesses(long low) {
      long same = top & ~LOW | low;
      long nearest = same;
      if (same - top > EPOCH / 2) {
        nearest = same - EPOCH;
      } else if (top - same > EPOCH / 2) {
        nearest = same + EPOCH;
      }
      Set<Long> guesses = new LinkedHashSet<>();
      guesses.add(nearest);
      guesses.add(same);
      guesses.add(nearest + EPOCH);
      guesses.add(nearest - EPOCH);
      guesses.add(low);
      guesses.add(low | EPOCH);
      return guesses;
    }
  }
}
