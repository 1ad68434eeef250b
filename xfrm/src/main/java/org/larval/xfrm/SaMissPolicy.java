package org.larval.xfrm;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Jiffies;

/**
 * What a system does with packets that need an SA that does not exist. The presets reproduce real
 * systems; every dimension can also be set by itself.
 *
 * @param name as the lab file writes it
 * @param sentence the behaviour and where it was learnt
 * @param outcome what becomes of the packet
 * @param overflow what gives way in a full queue
 * @param release when held packets are tried again
 * @param scope which packets share a queue
 * @param limits the bounds of the queues
 * @param duplicates what happens to a second transmission of a held TCP segment
 * @param onFailure what happens when the key manager says that it cannot make the SA
 * @param failureCache nanoseconds for which a failure is remembered, at DROP, REJECT and PASS
 * @param larvalMatch what a larval state is compared by before another acquire is suppressed
 * @param looksUpUnlabelled Linux's defect: the look-up of a held packet uses no label instead of
 *     the sender's, so that a labelled policy may not match and the packet leaves in clear
 * @param acquires how acquires are repeated
 * @param labelDenied what becomes of flows that may not use the labelled policy made for them
 * @param timers how exactly the queue's timer fires
 */
public record SaMissPolicy(
    String name,
    String sentence,
    Outcome outcome,
    Overflow overflow,
    Release release,
    Scope scope,
    Limits limits,
    Duplicates duplicates,
    OnFailure onFailure,
    long failureCache,
    LarvalMatch larvalMatch,
    boolean looksUpUnlabelled,
    LabelDenied labelDenied,
    Acquires acquires,
    Jiffies timers) {

  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1_000_000_000L;

  /** What becomes of a packet while the SA is missing. */
  public enum Outcome {
    /** The system call answers EAGAIN; forwarded packets are dropped. */
    FAIL,
    /** The sending task sleeps if it may, else EAGAIN; other packets are dropped. */
    BLOCK,
    /** The system call succeeds and the packet is dropped. */
    DROP,
    /** The packet waits in a queue; a caller that does not allow that gets EAGAIN. */
    HOLD,
    /** The packet goes in clear. */
    PASS
  }

  /** What gives way when a packet does not fit. */
  public enum Overflow {
    /** The packet that comes; its sender gets EAGAIN. */
    DROP_NEWEST,
    /** The packet that waits longest in the same queue. */
    DROP_OLDEST,
    /** As DROP_OLDEST; at the global limit the oldest other resolution fails with its packets. */
    FAIL_OLDEST_RESOLUTION
  }

  /** When held packets are tried again. */
  public sealed interface Release {
    /** As soon as an SA is installed or a policy changes, each packet for itself. */
    record OnInstall() implements Release {}

    /**
     * By a timer with doubling gaps that looks at the first packet only.
     *
     * @param firstGap nanoseconds from the first held packet to the first poll
     * @param lastGap when a poll fails and its gap was at least this, the queue is purged
     */
    record Poll(long firstGap, long lastGap) implements Release {}
  }

  /** Which packets share a queue. */
  public enum Scope {
    /** All packets under one policy. */
    POLICY,
    /** Policy, peers, protocol, reqid, label, if_id and mark agree. */
    ACQUIRE_KEY,
    /** The peers agree. */
    PEER
  }

  /**
   * The bounds of the queues; {@link Long#MAX_VALUE} or {@link Integer#MAX_VALUE} for none.
   *
   * @param packets in one queue
   * @param bytes in one queue
   * @param age nanoseconds that one packet may wait
   * @param globalBytes in all queues
   * @param resolutions queues that hold packets; one more fails the oldest with its packets
   */
  public record Limits(int packets, long bytes, long age, long globalBytes, int resolutions) {
    /** Only a number of packets in each queue. */
    public static Limits packets(int packets) {
      return new Limits(packets, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE);
    }
  }

  /** A second transmission of a TCP segment that is held already. */
  public enum Duplicates {
    /** Is held too. */
    HOLD_BOTH,
    /** Is dropped and its sender told nothing. */
    DROP_NEW,
    /** Takes the place of the first. */
    REPLACE
  }

  /** What follows when the key manager says that it failed. */
  public enum OnFailure {
    /** Nothing: the larval state lives until its timer, as with netlink. */
    WAIT,
    /** The state goes into ERROR until its timer and suppresses acquires, as with PF_KEY. */
    ERROR_STATE,
    /** Held packets are dropped, further ones as well for the cache time. */
    DROP,
    /** The same, and senders are told by ICMP or EHOSTUNREACH. */
    REJECT,
    /** Held packets leave in clear, further ones as well for the cache time. */
    PASS
  }

  /** What becomes of a flow that a labelled policy covers but whose label may not use it. */
  public enum LabelDenied {
    /** The next policy decides, and where there is none the flow goes in clear: as in Linux. */
    NEXT_POLICY,
    /**
     * The same, but if it would go in clear thereby, or came in clear, it is refused: EACCES for a
     * sender.
     */
    REFUSE
  }

  /** What a larval state is compared by. */
  public enum LarvalMatch {
    /** Peers, reqid, mode, protocol, mark and if_id: neither selector nor label. */
    PEERS,
    /** The policy as well. */
    POLICY,
    /** The policy and the label as well. */
    LABEL
  }

  /**
   * How acquires are repeated.
   *
   * @param expires seconds that a larval state lives, or 0 for the engine's setting
   * @param afterSuppressed an acquire is sent again after this many were suppressed, 0 for never
   * @param every nanoseconds between repetitions without any packet, 0 for none
   * @param giveUp nanoseconds after which repetition ends and held packets are purged
   */
  public record Acquires(int expires, int afterSuppressed, long every, long giveUp) {
    /** One larval state, one acquire. */
    public static final Acquires ONCE = new Acquires(0, 0, 0, 0);
  }

  private static final Release POLL = new Release.Poll(100 * MILLI, 60 * SECOND);

  /** Where every Linux preset begins: nothing held, one larval state per pair of peers. */
  private static final SaMissPolicy LINUX =
      new SaMissPolicy(
          "linux",
          "",
          Outcome.DROP,
          Overflow.DROP_NEWEST,
          POLL,
          Scope.POLICY,
          Limits.packets(0),
          Duplicates.DROP_NEW,
          OnFailure.WAIT,
          0,
          LarvalMatch.PEERS,
          true,
          LabelDenied.NEXT_POLICY,
          Acquires.ONCE,
          Jiffies.HZ_250);

  /** Where systems begin that act the moment an SA is installed, with exact timers. */
  private static final SaMissPolicy OTHER =
      LINUX
          .change()
          .release(new Release.OnInstall())
          .duplicates(Duplicates.HOLD_BOTH)
          .looksUpUnlabelled(false)
          .timers(Jiffies.EXACT)
          .make();

  /** Linux 2.6.0 to 2.6.21. */
  public static final SaMissPolicy LINUX_2_6_21 =
      LINUX
          .change()
          .name("linux-2.6.21")
          .sentence(
              "A task that may sleep sleeps in the kernel until a key manager event and tries"
                  + " again, others get EAGAIN, forwarded packets are dropped (history before"
                  + " 14e50e57aedb).")
          .outcome(Outcome.BLOCK)
          .make();

  /** Linux 2.6.22 to 2.6.27 with xfrm_larval_drop=0, then the default. */
  public static final SaMissPolicy LINUX_2_6_22_BLOCK =
      LINUX
          .change()
          .name("linux-2.6.22-block")
          .sentence(
              "As 2.6.21, with xfrm_acq_expires to set how long an acquire lasts;"
                  + " xfrm_larval_drop=0, the default until 28faa979746b.")
          .outcome(Outcome.BLOCK)
          .make();

  /** Linux since 2.6.28. */
  public static final SaMissPolicy LINUX_DEFAULT =
      LINUX
          .change()
          .name("linux-default")
          .sentence(
              "xfrm_larval_drop=1: the call succeeds and the packet is discarded in a blackhole"
                  + " (net/xfrm/xfrm_policy.c of 6.12; measured on 6.1 and 6.12).")
          .make();

  /** Linux since 3.9 with xfrm_larval_drop=0. */
  public static final SaMissPolicy LINUX_QUEUE =
      LINUX
          .change()
          .name("linux-queue")
          .sentence(
              "xfrm_larval_drop=0 since 3.9: 101 packets wait per policy, polled at doubling gaps"
                  + " from 100 ms, purged after about 205 s (xfrm_policy_queue_process; measured on"
                  + " 6.1 and 6.12).")
          .outcome(Outcome.HOLD)
          .limits(Limits.packets(101))
          .make();

  /** WireGuard's staged queue. */
  public static final SaMissPolicy WIREGUARD =
      OTHER
          .change()
          .name("wireguard")
          .sentence(
              "128 packets wait per peer, the oldest gives way; the handshake is tried every 5 s"
                  + " for 90 s, then the queue is purged (messages.h and timers.c of the kernel"
                  + " module).")
          .outcome(Outcome.HOLD)
          .overflow(Overflow.DROP_OLDEST)
          .scope(Scope.PEER)
          .limits(Limits.packets(128))
          .acquires(new Acquires(0, 0, 5 * SECOND, 90 * SECOND))
          .make();

  /** FreeBSD and other heirs of KAME. */
  public static final SaMissPolicy FREEBSD =
      OTHER
          .change()
          .name("freebsd")
          .sentence(
              "The packet is freed and the call succeeds; an acquire is repeated after 10"
                  + " suppressed ones or 20 s (net.key.blockacq_count and blockacq_lifetime of"
                  + " netipsec/key.c).")
          .onFailure(OnFailure.ERROR_STATE)
          .acquires(new Acquires(20, 10, 0, 0))
          .make();

  /** OpenBSD, flows of type require. */
  public static final SaMissPolicy OPENBSD =
      OTHER
          .change()
          .name("openbsd")
          .sentence(
              "The packet is freed and the call succeeds; one acquire at a time per flow and"
                  + " gateway, 30 s long (ip_spd.c, net.inet.ip.ipsec-expire-acquire).")
          .larvalMatch(LarvalMatch.POLICY)
          .acquires(new Acquires(30, 0, 0, 0))
          .make();

  /** Linux under libreswan. */
  public static final SaMissPolicy LIBRESWAN =
      LINUX
          .change()
          .name("libreswan")
          .sentence(
              "The kernel's default; it is the key manager that replaces the trap by a BLOCK policy"
                  + " while it negotiates (negotiationshunt=drop), so that later senders see EPERM"
                  + " (libreswan issue 2129).")
          .make();

  /** Tell the sender. */
  public static final SaMissPolicy EAGAIN =
      LINUX
          .change()
          .name("eagain")
          .sentence(
              "Every local sender gets EAGAIN, as from a Linux socket policy; forwarded packets are"
                  + " dropped.")
          .outcome(Outcome.FAIL)
          .make();

  /** Ours. */
  public static final SaMissPolicy LARVAL =
      OTHER
          .change()
          .name("larval")
          .sentence(
              "Packets wait per acquire key, label included, at most 256 and 10 s; each is judged"
                  + " anew under its own label the moment an SA or policy comes; a failure is told"
                  + " to the senders; nothing leaves in clear unless a policy says so.")
          .outcome(Outcome.HOLD)
          .scope(Scope.ACQUIRE_KEY)
          .limits(new Limits(256, 512 * 1024, 10 * SECOND, 16 * 1024 * 1024, 1024))
          .duplicates(Duplicates.REPLACE)
          .onFailure(OnFailure.REJECT)
          .failureCache(SECOND)
          .larvalMatch(LarvalMatch.LABEL)
          .labelDenied(LabelDenied.REFUSE)
          .make();

  /** All presets, oldest system first. */
  public static final List<SaMissPolicy> PRESETS =
      List.of(
          LINUX_2_6_21,
          LINUX_2_6_22_BLOCK,
          LINUX_DEFAULT,
          LINUX_QUEUE,
          WIREGUARD,
          FREEBSD,
          OPENBSD,
          LIBRESWAN,
          EAGAIN,
          LARVAL);

  /** The preset of a name, or null. */
  public static @Nullable SaMissPolicy named(String name) {
    for (SaMissPolicy preset : PRESETS) {
      if (preset.name.equals(name)) {
        return preset;
      }
    }
    return null;
  }

  /** Whether two labels have larval states of their own. */
  public boolean larvalMatchesLabel() {
    return larvalMatch == LarvalMatch.LABEL;
  }

  boolean polls() {
    return release instanceof Release.Poll;
  }

  /** A copy to change. */
  public SaMissBuilder change() {
    return new SaMissBuilder(this);
  }
}
