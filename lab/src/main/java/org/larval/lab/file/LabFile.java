package org.larval.lab.file;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.cipso.NetLabelSysctl;
import org.larval.ike.config.Costs;
import org.larval.ike.config.Lifetime;
import org.larval.ike.config.Retransmission;
import org.larval.ike.message.Proposal;
import org.larval.net.Impairments;
import org.larval.wire.IpAddress;
import org.larval.wire.MacAddress;
import org.larval.wire.Prefix;
import org.larval.xfrm.Mode;
import org.larval.xfrm.SaMissPolicy;

/**
 * A lab as its file describes it, all durations in nanoseconds. Names are checked: a link joins
 * guests and bridges that exist, traffic runs between guests that exist.
 *
 * @param name {@code lab:}
 * @param description one sentence for the report, or empty
 * @param seed reproduces a run byte for byte in virtual time
 * @param realTime {@code time: real}
 * @param until when the lab ends at the latest; {@link Long#MAX_VALUE}: when nothing is due
 * @param policy the policy, or null when everything is allowed
 * @param svirt how guests without a label got theirs, or null
 * @param guests by name, in the order of the file
 * @param bridges names in the order of the file
 */
public record LabFile(
    Where where,
    String name,
    String description,
    long seed,
    boolean realTime,
    long until,
    @Nullable TextPolicy policy,
    @Nullable Svirt svirt,
    Map<String, Guest> guests,
    List<String> bridges,
    List<Link> links,
    List<Protection> protections,
    List<Keys> keys,
    List<Traffic> traffic,
    List<Change> changes,
    List<Expectation> expectations,
    @Nullable Comparison comparison) {

  /** How long a lab in real time runs when its file does not say. */
  public static final long REAL_TIME_LIMIT = 10_000_000_000L;

  /** A lab in real time without an end, of one guest. */
  public static LabFile of(Where where, String name, Guest guest, List<Traffic> traffic) {
    return new LabFile(
        where,
        name,
        "",
        1,
        true,
        Long.MAX_VALUE,
        null,
        null,
        Map.of(guest.name(), guest),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        traffic,
        List.of(),
        List.of(),
        null);
  }

  /** net.core.xfrm_acq_expires as after boot. */
  static final long ACQUIRE_EXPIRES = 30_000_000_000L;

  /** A line that another tool's grammar will read, with its place. */
  public record Line(Where where, String text) {}

  /**
   * What labels may do.
   *
   * @param enforcing whether denials take effect
   * @param rules in the lab file itself
   * @param path a policy beside the lab file, binary or YAML, instead of rules; or null
   * @param booleans those of the policy's that are set before the lab begins
   */
  public record TextPolicy(
      Where where,
      boolean enforcing,
      List<Line> rules,
      @Nullable String path,
      Map<String, Boolean> booleans) {}

  /**
   * A guest.
   *
   * @param loopbackXfrm whether its policies are for packets to itself too
   * @param label its sockets' context, or null
   * @param written whether the file gives the label, not sVirt
   * @param isolated whether sVirt gives it categories of its own
   * @param administrator the context of who loads its rules, policies and SAs, or null: then
   *     nothing is asked about that
   * @param kernel whose timers and TCP it has
   * @param saMiss what its xfrm does without an SA; null for the lab's default
   * @param acquireExpires net.core.xfrm_acq_expires
   * @param sysctls switches that are not as after boot
   * @param netfile a file to map its rings in, or null for rings in process
   * @param outside where it lives if the lab does not run it, or null
   */
  public record Guest(
      Where where,
      String name,
      List<Nic> nics,
      List<Route> routes,
      boolean forward,
      boolean loopbackXfrm,
      @Nullable String label,
      boolean written,
      boolean isolated,
      @Nullable String administrator,
      Kernel kernel,
      @Nullable SaMissPolicy saMiss,
      long acquireExpires,
      List<Line> xfrm,
      List<Line> secmark,
      List<Line> netlabel,
      Map<NetLabelSysctl, Integer> sysctls,
      @Nullable String netfile,
      @Nullable String capture,
      @Nullable Outside outside) {
    /** A guest with one NIC and nothing else said about it. */
    public static Guest plain(
        Where where, String name, Nic nic, List<Route> routes, @Nullable Outside outside) {
      return new Guest(
          where,
          name,
          List.of(nic),
          routes,
          false,
          false,
          null,
          false,
          true,
          null,
          Kernel.LINUX_6_12,
          null,
          ACQUIRE_EXPIRES,
          List.of(),
          List.of(),
          List.of(),
          Map.of(),
          null,
          null,
          outside);
    }

    Guest labeled(String context) {
      return new Guest(
          where,
          name,
          nics,
          routes,
          forward,
          loopbackXfrm,
          context,
          false,
          isolated,
          administrator,
          kernel,
          saMiss,
          acquireExpires,
          xfrm,
          secmark,
          netlabel,
          sysctls,
          netfile,
          capture,
          outside);
    }
  }

  /** One NIC of a guest. */
  public record Nic(String name, @Nullable MacAddress mac, List<Prefix> addresses, int mtu) {}

  /** A static route. */
  public record Route(Prefix target, IpAddress via) {}

  /** Whose timers, SYN retransmissions and jiffies a guest has. */
  public enum Kernel {
    /** Exact timers; otherwise as Linux 6.12. */
    EXACT,
    /** Linux 6.1 at HZ=250: SYNs at 1, 3, 7 s. */
    LINUX_6_1,
    /** Linux 6.12 at HZ=250: four SYNs a second apart, then doubling. */
    LINUX_6_12
  }

  /** One end of a link: a guest's NIC by number, or a bridge (NIC -1). */
  public record End(String node, int nic) {}

  /** A link between two ends. */
  public record Link(Where where, End a, End b, Impairments impairments, @Nullable String capture) {
    /** Both names, for people. */
    public String label() {
      return a.node() + "-" + b.node();
    }
  }

  /**
   * Policies on both ends, or on one.
   *
   * @param from the guest whose outbound traffic is protected
   * @param to its peer
   * @param protocols IP protocols that get a policy of their own each; empty for one policy for all
   * @param sourceNet selector on the side of {@code from}; empty for its addresses
   * @param targetNet selector on the side of {@code to}; empty for its addresses
   */
  public record Protection(
      Where where,
      String from,
      String to,
      boolean oneWay,
      Mode mode,
      List<Integer> protocols,
      List<Prefix> sourceNet,
      List<Prefix> targetNet,
      boolean optional,
      @Nullable String label,
      int priority,
      int reqid) {}

  /**
   * Who makes the SAs of a pair.
   *
   * @param answerAfter from the acquire to the SA; {@link Long#MAX_VALUE} for never
   * @param failAfter from the acquire to the failure; {@link Long#MAX_VALUE} for never
   * @param listensFrom when the key manager starts; {@link Long#MAX_VALUE} for never
   * @param overhead that every answer and failure takes on top: hearing the acquire, installing
   * @param onlyLabels contexts that get an SA; empty for all
   * @param ike what the guests' IKE daemons are told; null unless they make the SAs
   */
  public record Keys(
      Where where,
      String a,
      String b,
      By by,
      long answerAfter,
      long failAfter,
      long listensFrom,
      long overhead,
      List<String> onlyLabels,
      While meanwhile,
      Then then,
      @Nullable Ike ike) {
    /** Where SAs come from. */
    public enum By {
      /** A key manager that answers acquires after a fixed time. */
      SCRIPT,
      /** SAs stand from the beginning. */
      MANUAL,
      /** The guests negotiate them with IKEv2, by real messages. */
      IKE
    }

    /**
     * What the IKE daemons of a pair are told.
     *
     * @param psk the secret that both know
     * @param ike proposals for the IKE SA
     * @param esp proposals for child SAs
     * @param child how long child SAs live
     * @param lifetime how long IKE SAs live
     * @param reauthAfter nanoseconds until they authenticate again, 0 for never
     * @param makeBeforeBreak whether the new IKE SA comes before the old one goes
     * @param retransmission when requests are sent again
     * @param costs of computing
     * @param dpd nanoseconds of silence until the peer is asked for a sign of life, 0 for never
     * @param start what the first guest does at the beginning
     */
    public record Ike(
        String psk,
        List<Proposal> ike,
        List<Proposal> esp,
        Lifetime child,
        Lifetime lifetime,
        long reauthAfter,
        boolean makeBeforeBreak,
        Retransmission retransmission,
        Costs costs,
        long dpd,
        Start start) {
      /** Keeps its own copies. */
      public Ike {
        ike = List.copyOf(ike);
        esp = List.copyOf(esp);
      }
    }

    /** What the first guest of a pair does before a packet asks. */
    public enum Start {
      /** Nothing. */
      ON_DEMAND,
      /** It makes the IKE SA without a child (RFC 6023). */
      IKE_SA,
      /** It makes the IKE SA and all child SAs. */
      AT_ONCE
    }

    /** What the key manager does to the policy while it negotiates. */
    public enum While {
      NOTHING,
      BLOCK
    }

    /** What it does after installing the SA. */
    public enum Then {
      NOTHING,
      REWRITE_POLICY
    }
  }

  /**
   * Traffic of one flow, numbered from 1 in the order of the file.
   *
   * @param label the socket's context; null for the guest's
   * @param name what tables call it; null for its kind
   * @param measured what something else did in its place, for tables; or null
   */
  public record Traffic(
      Where where,
      int flow,
      @Nullable String name,
      @Nullable String measured,
      String from,
      String to,
      IpAddress target,
      long start,
      boolean blocking,
      @Nullable String label,
      Kind kind) {
    /** What runs. */
    public sealed interface Kind {
      /** For tables: udp, udp-connected, ping, tcp, bulk, dns. */
      String label();
    }

    /**
     * Constant-rate datagrams.
     *
     * @param firstAfter from start (and connect) to the first
     * @param echo whether the receiver sends them back
     */
    public record Udp(
        int port,
        long every,
        int count,
        int size,
        boolean connected,
        boolean diesOnEagain,
        long firstAfter,
        boolean echo)
        implements Kind {
      @Override
      public String label() {
        return connected ? "udp-connected" : "udp";
      }
    }

    /** Echo requests. */
    public record Ping(long every, int count, int size) implements Kind {
      @Override
      public String label() {
        return "ping";
      }
    }

    /** A connection and one-byte echo exchanges over it. */
    public record TcpEcho(int port, int exchanges, long giveUp) implements Kind {
      @Override
      public String label() {
        return "tcp";
      }
    }

    /** A connection and bytes over it. */
    public record TcpBulk(int port, long bytes, long giveUp) implements Kind {
      @Override
      public String label() {
        return "bulk";
      }
    }

    /** Queries with a 5 s resolver timeout. */
    public record Dns(long every, int count) implements Kind {
      @Override
      public String label() {
        return "dns";
      }
    }
  }

  /** Something that happens during the run. */
  public record Change(Where where, long at, Action action) {
    /** What happens. */
    public sealed interface Action {}

    /** A link gets other impairments. */
    public record Impair(int link, Impairments impairments) implements Action {}

    /** A guest runs an {@code ip xfrm} line. */
    public record Xfrm(String guest, Line line) implements Action {}

    /** Something happens to the program that plays a guest outside. */
    public record Steer(String guest, Program.Steering what) implements Action {}
  }

  /**
   * A condition on a figure of the ledger.
   *
   * @param flow the number of the flow, or 0 for the sum of all
   */
  public record Expectation(Where where, int flow, String figure, Relation relation, long value) {
    /** How a figure is compared. */
    public enum Relation {
      EQUAL("="),
      AT_LEAST(">="),
      AT_MOST("<=");

      private final String sign;

      Relation(String sign) {
        this.sign = sign;
      }

      /** As printed. */
      public String sign() {
        return sign;
      }

      /** Whether an actual figure satisfies it. */
      public boolean holds(long actual, long wanted) {
        return switch (this) {
          case EQUAL -> actual == wanted;
          case AT_LEAST -> actual >= wanted;
          case AT_MOST -> actual <= wanted;
        };
      }
    }
  }

  /**
   * What {@code larval compare} varies.
   *
   * @param presets SA-miss policies by name; empty for all
   * @param answers answer times of every scripted key manager; empty for those of the file
   * @param alone whether every traffic entry gets a run of its own
   * @param references files of measured rows (JSON lines), the kernel that the lab names first
   */
  public record Comparison(
      Where where,
      List<String> presets,
      List<Long> answers,
      boolean alone,
      List<String> references) {}
}
