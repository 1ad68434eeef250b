package org.larval.xfrm.grammar;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import org.larval.wire.IpAddress;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Encap;
import org.larval.xfrm.InstalledPolicy;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Policy;
import org.larval.xfrm.PolicyType;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.State;
import org.larval.xfrm.XfrmEvent;

/** Writes what happens in an engine as {@code ip xfrm monitor} does. */
public final class IpXfrmMonitor {
  private static final DateTimeFormatter CTIME =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss uuuu", Locale.ROOT);
  private static final long NANOS = 1_000_000_000L;

  private final ListingFormat format;

  /** A writer. */
  public IpXfrmMonitor(ListingFormat format) {
    this.format = format;
  }

  /** The line that {@code ip -t} puts before an event; {@code now} in nanoseconds. */
  public String timestamp(long now) {
    String date = CTIME.format(format.epoch().plusNanos(now).atOffset(ZoneOffset.UTC));
    return "Timestamp: " + date + " " + now % NANOS / 1000 + " usec\n";
  }

  /** An event; "" for one that the kernel has no message for. */
  public String event(XfrmEvent event) {
    return switch (event) {
      case XfrmEvent.Acquire acquire -> acquire(acquire);
      case XfrmEvent.Expire expire ->
          StatePrinter.expired(ShownState.of(expire.state()), expire.hard(), format);
      case XfrmEvent.PolicyExpired expired ->
          PolicyPrinter.print("Expired ", "", IpXfrmPrinter.shown(expired.policy()), format)
              + "\thard "
              + (expired.hard() ? 1 : 0)
              + "\n";
      case XfrmEvent.StateAdded added ->
          added.update() ? updated(added.state()) : added(added.state());
      case XfrmEvent.StateDeleted deleted -> deleted(deleted.state());
      case XfrmEvent.StatesFlushed flushed -> flushedStates(flushed.protocol());
      case XfrmEvent.PolicyAdded added -> policy(added.update() ? "Updated " : "", added.policy());
      case XfrmEvent.PolicyDeleted deleted -> policy("Deleted ", deleted.policy());
      case XfrmEvent.PoliciesFlushed flushed -> flushedPolicies(PolicyType.MAIN);
      case XfrmEvent.Replay numbers -> numbers(numbers.state(), numbers.byTimer() ? 32 : 16);
      case XfrmEvent.Mapping moved -> mapping(moved);
      default -> "";
    };
  }

  private String policy(String title, Policy policy) {
    return PolicyPrinter.print(title, "", IpXfrmPrinter.shown(policy), format);
  }

  private String mapping(XfrmEvent.Mapping moved) {
    State state = moved.state();
    Encap encap = state.encap();
    int port = encap == null ? 0 : encap.sourcePort();
    return mapping(state, state.source(), port, moved.source(), moved.sourcePort());
  }

  /** A state was added. */
  public String added(State state) {
    return StatePrinter.print("", ShownState.of(state), format);
  }

  /** A state was updated. */
  public String updated(State state) {
    return StatePrinter.print("Updated ", ShownState.of(state), format);
  }

  /** A state was deleted; before its keys are erased. */
  public String deleted(State state) {
    return StatePrinter.print("Deleted ", ShownState.of(state), format);
  }

  /** A policy was added. */
  public String added(InstalledPolicy policy) {
    return policy("", policy);
  }

  /** A policy was replaced by this. */
  public String updated(InstalledPolicy policy) {
    return policy("Updated ", policy);
  }

  /** A policy was deleted. */
  public String deleted(InstalledPolicy policy) {
    return policy("Deleted ", policy);
  }

  private String policy(String title, InstalledPolicy policy) {
    return PolicyPrinter.print(title, "", PolicyPrinter.Shown.of(policy), format);
  }

  /** All states of a protocol were deleted; 0 for all. */
  public String flushedStates(int protocol) {
    return "Flushed state proto " + ProtocolNames.ofSa(protocol) + "\n";
  }

  /** All policies of a type were deleted. */
  public String flushedPolicies(PolicyType type) {
    return "Flushed policy ptype " + type.label() + " \n";
  }

  /** What becomes of packets that no policy fits was changed. */
  public String defaults(Map<Direction, Policy.Action> actions) {
    return IpXfrmPrinter.defaults(actions);
  }

  /**
   * Sequence numbers are announced (XFRM_MSG_NEWAE).
   *
   * @param flags XFRM_AE_CR, CE and CU: 16, 32 and 64
   */
  public String numbers(State state, int flags) {
    return "Async event  (0x"
        + Integer.toHexString(flags)
        + ") "
        + ((flags & 16) != 0 ? " replay update " : "")
        + ((flags & 32) != 0 ? " timer expired " : "")
        + ((flags & 64) != 0 ? " policy updated " : "")
        + "\n\tsrc "
        + state.source()
        + " "
        + identity(state);
  }

  /** The peer behind a translator sends from elsewhere now (XFRM_MSG_MAPPING). */
  public String mapping(State state, IpAddress from, int fromPort, IpAddress to, int toPort) {
    return "Mapping change %s:%d -> %s:%d\n\t".formatted(from, fromPort, to, toPort)
        + identity(state);
  }

  private static String identity(State state) {
    return "dst %s  reqid 0x%x protocol %s  SPI 0x%x\n"
        .formatted(
            state.target(),
            state.reqid(),
            ProtocolNames.of(state.id().protocol()),
            state.id().spi());
  }

  private String acquire(XfrmEvent.Acquire acquire) {
    boolean statistics = format.statistics();
    StringBuilder text = new StringBuilder("acquire proto ");
    text.append(ProtocolNames.ofSa(acquire.template().protocol())).append(' ');
    if (statistics) {
      text.append("spi 0x00000000(0) ");
    }
    text.append("\n  sel ").append(Sheet.words(acquire.selector(), format));
    text.append(statistics ? "uid 0\n" : "\n");
    // The context that is told here is the flow's, not the policy's.
    Policy policy = acquire.policy();
    SecurityLabel label = acquire.label();
    Policy shown =
        new Policy(
            policy.type(),
            policy.direction(),
            policy.selector(),
            policy.priority(),
            policy.index(),
            policy.action(),
            policy.flags(),
            acquire.mark(),
            acquire.ifId(),
            label,
            policy.templates());
    text.append(
        PolicyPrinter.print(
            "  policy ",
            "    ",
            new PolicyPrinter.Shown(shown, false, Lifetimes.NONE, 0, -1),
            format));
    if (statistics) {
      text.append("  seq 0x%08d ".formatted(Integer.toUnsignedLong(acquire.sequence())));
      text.append("enc-mask ffffffff auth-mask ffffffff comp-mask ffffffff");
    }
    return text.append('\n').toString();
  }
}
