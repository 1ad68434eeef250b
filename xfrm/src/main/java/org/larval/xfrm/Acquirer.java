package org.larval.xfrm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.wire.IpAddress;

/** Makes larval states and asks key managers for the SAs that they stand for (km_query). */
final class Acquirer {
  private final StateDatabase states;
  private final Agenda agenda;
  private final AssociationPolicy labels;
  private final SaMissPolicy rules;

  /** Whether some key manager listens for acquires; without one none is sent. */
  boolean listening = true;

  /** Seconds that a larval state lives (net.core.xfrm_acq_expires). */
  int expires = 30;

  /**
   * The larval state that an SA has just taken the place of, while those try again who waited or
   * slept for it. To ask for exactly the same again would bring the same answer, and so for ever.
   */
  @Nullable State answered;

  private int lastSequence;

  /** Acquires that wait until the caller has its answer; see {@link #tell}. */
  private final XfrmEvent.Acquire[] toTell = new XfrmEvent.Acquire[2 * Resolver.MAX_RESOLVED];

  private int toTellCount;

  /** The larval state that {@link #ask} made last, null if it made none. */
  @Nullable State made;

  Acquirer(StateDatabase states, Agenda agenda, AssociationPolicy labels, SaMissPolicy rules) {
    this.states = states;
    this.agenda = agenda;
    this.labels = labels;
    this.rules = rules;
  }

  /** Forgets what was not told. */
  void begin() {
    toTellCount = 0;
  }

  /**
   * Sends the acquires of the last resolution. To be called when the caller is done with the
   * answer: whoever hears of an acquire may answer at once.
   */
  void tell(Effects out) {
    int waiting = toTellCount;
    toTellCount = 0;
    if (waiting == 1) {
      out.emit(toTell[0]);
    } else if (waiting > 1) {
      for (XfrmEvent.Acquire acquire : Arrays.copyOf(toTell, waiting)) {
        out.emit(acquire);
      }
    }
  }

  /** A larval state was met again: whether its acquire is repeated, as the rule says. */
  boolean repeat(State pending) {
    int after = rules.acquires().afterSuppressed();
    XfrmEvent.Acquire acquire = pending.acquire;
    if (after > 0 && pending.suppressed >= after && acquire != null) {
      pending.suppressed = 0;
      toTell[toTellCount++] = acquire;
      return true;
    }
    pending.suppressed++;
    return false;
  }

  /**
   * Asks for the SA of a template.
   *
   * @return EAGAIN if {@link #made} was asked for, or nobody listens; ESRCH if the same was
   *     answered just now; EEXIST, EINVAL or ENOBUFS if it cannot be
   */
  Errno ask(long now, SaEnds ends, FlowKey flow, Template template, InstalledPolicy policy) {
    Mark mark = policy.policy.mark();
    int wanted = mark.value() & mark.mask();
    made = null;
    if (template.spi() != 0
        && states.find(
                ends.v6,
                ends.targetHigh,
                ends.targetLow,
                template.spi(),
                template.protocol(),
                wanted)
            != null) {
      return Errno.EEXIST;
    }
    if (!listening) {
      return Errno.EAGAIN;
    }
    if (wasAnswered(flow, template)) {
      return Errno.ESRCH;
    }
    SecurityLabel label = null;
    if (policy.policy.label() != null) {
      if (flow.label == 0) {
        return Errno.EINVAL;
      }
      label = SecurityLabel.selinux(flow.label, labels.context(flow.label));
    }
    if (states.full()) {
      return Errno.ENOBUFS;
    }
    lastSequence = lastSequence == -1 ? 1 : lastSequence + 1;
    IpAddress source = ends.source();
    IpAddress target = ends.target();
    Selector selector = Selector.exactly(flow);
    State fresh =
        State.of(source, target, template.spi(), template.protocol())
            .reqid(template.reqid())
            .mode(template.mode())
            .mark(policy.policy.mark())
            .ifId(policy.policy.ifId())
            .selector(selector)
            .label(label)
            .direction(Direction.OUT)
            .sequence(lastSequence)
            .build();
    XfrmEvent.Acquire event =
        new XfrmEvent.Acquire(
            lastSequence,
            source,
            target,
            selector,
            template,
            policy.policy,
            label,
            policy.policy.mark(),
            policy.policy.ifId());
    fresh.acquire = event;
    fresh.key = AcquireKey.of(rules.scope(), policy, template, source, target, flow.label);
    fresh.askedAt = now;
    states.insert(now, fresh, State.Lifecycle.ACQ);
    agenda.arm(fresh.timer, now + firstWait());
    made = fresh;
    toTell[toTellCount++] = event;
    return Errno.EAGAIN;
  }

  private boolean wasAnswered(FlowKey flow, Template template) {
    XfrmEvent.Acquire before = answered == null ? null : answered.acquire;
    return before != null
        && before.template().equals(template)
        && before.selector().matches(flow)
        && (before.label() == null || before.label().sid() == flow.label);
  }

  private long firstWait() {
    if (rules.acquires().every() > 0) {
      return rules.acquires().every();
    }
    int own = rules.acquires().expires();
    return (own > 0 ? own : expires) * StateDatabase.SECOND;
  }
}
