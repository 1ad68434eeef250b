package org.larval.xfrm;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;

/**
 * One guest's xfrm: settings, time, look-up and both data paths. What key managers and people do to
 * policies goes by {@link #spd}, to states by {@link #sad}; what waits is seen by {@link #held}. A
 * migration concerns both databases and stands here. Sans IO: acquires and other events go out by
 * {@link Effects#emit}; released, transformed and opened packets by {@link Effects#forward}.
 *
 * <p>A packet that the desk releases comes out with {@link Packet#companion} set to the {@link
 * Bundle} to use, or to a {@link Lookup.Bypass} or {@link Lookup.PassInClear} if it goes in clear;
 * one that {@link #output} transformed or {@link #input} opened comes out as it is.
 */
public final class XfrmEngine {

  private final Agenda agenda = new Agenda();
  private final PolicyDatabase policies;
  private final StateDatabase states = new StateDatabase(agenda);
  private final StateClock clock = new StateClock(agenda, states);
  private final ReplayNotices notices = new ReplayNotices(agenda);
  private final XfrmStats stats = new XfrmStats();
  private final SaMissPolicy rules;
  private final Acquirer acquirer;
  private final HoldDesk desk;
  private final OutputPath outputPath;
  private final InputPath inputPath;
  private final PolicyCheck policyCheck;
  private final PolicyStep step;
  private final Migrator migrator;
  private final Waiters waiters;
  private final Spd spd;
  private final Sad sad;
  private final HeldPackets held;
  private final QuotedFlow quoted = new QuotedFlow();
  private final Alternatives alternatives;

  /**
   * An engine without policies and states.
   *
   * @param place the guest's name, for trails
   */
  public XfrmEngine(String place, SaMissPolicy rules, AssociationPolicy labels, PeerRoutes routes) {
    this.rules = rules;
    policies = new PolicyDatabase(labels);
    acquirer = new Acquirer(states, agenda, labels, rules);
    Resolver resolver =
        new Resolver(new StateSearch(states, labels, rules), acquirer, routes, stats);
    desk =
        new HoldDesk(
            rules,
            place,
            policies,
            resolver,
            agenda,
            (now, flow, ifId, who, out) -> lookup(now, flow, ifId, null, false, who, out));
    step = new PolicyStep(policies, labels, routes, rules, stats, resolver, acquirer, desk);
    waiters = new Waiters(policies, acquirer, desk, step);
    spd = new Spd(policies, agenda, waiters);
    sad = new Sad(rules, agenda, states, clock, notices, resolver, acquirer, waiters);
    held = new HeldPackets(desk.store(), desk.stats());
    outputPath = new OutputPath(place, clock, notices, stats);
    inputPath = new InputPath(place, states, clock, notices, stats);
    migrator = new Migrator(states, clock, policies);
    policyCheck = new PolicyCheck(place, policies, labels, stats, rules.labelDenied());
    alternatives = new Alternatives(place, policies, states, labels);
  }

  /** Its policies: {@code ip xfrm policy}. */
  public Spd spd() {
    return spd;
  }

  /** Its states: {@code ip xfrm state}. */
  public Sad sad() {
    return sad;
  }

  /** The packets that wait for an SA. */
  public HeldPackets held() {
    return held;
  }

  // Settings.

  /** The SA-miss policy that it was made with. */
  public SaMissPolicy saMiss() {
    return rules;
  }

  /** Whether any key manager listens for acquires; without one none is sent. True at first. */
  public void keyManagerListening(boolean listening) {
    acquirer.listening = listening;
  }

  /**
   * net.core.xfrm_acq_expires, 30 at first.
   *
   * @param seconds at least 1
   */
  public void acquireExpires(int seconds) {
    if (seconds < 1) {
      throw new IllegalArgumentException("acquires must live for at least 1 s, not " + seconds);
    }
    acquirer.expires = seconds;
  }

  /**
   * Whether somebody listens to a group of events ({@code ip xfrm monitor}). Nobody does at first,
   * and what nobody listens to costs nothing.
   */
  public void monitor(XfrmEvent.Group group, boolean on) {
    switch (group) {
      case SA -> sad.tells = on;
      case POLICY -> spd.tells = on;
      case AEVENTS -> notices.on = on;
    }
  }

  /**
   * When {@link XfrmEvent.Replay} is due for states that say nothing else.
   *
   * @param maxDiff numbers (net.core.xfrm_aevent_rseqth), 2 at first, 0 for never
   * @param maxAge tenths of seconds (net.core.xfrm_aevent_etime), 10 at first, 0 for never
   */
  public void replayThresholds(int maxDiff, int maxAge) {
    if (maxDiff < 0 || maxAge < 0) {
      throw new IllegalArgumentException(
          "thresholds of %d and %d; expected 0 or more".formatted(maxDiff, maxAge));
    }
    notices.maxDiff = maxDiff;
    notices.maxAge = maxAge;
  }

  // Look-up.

  /** The policy step for a flow of a socket or a forwarded packet. */
  public Lookup lookup(long now, FlowKey flow, Who who, Effects out) {
    return lookup(now, flow, 0, null, false, who, out);
  }

  /**
   * The policy step (xfrm_lookup). Where {@code disable_xfrm} is set, as it is on the loopback
   * device at first, it must not be asked.
   *
   * @param ifId the xfrm interface, 0 for none
   * @param socket the policies of the socket, or null
   * @param loopback whether the route leaves by a loopback device, where the default action does
   *     not count
   */
  public Lookup lookup(
      long now,
      FlowKey flow,
      int ifId,
      @Nullable SocketPolicies socket,
      boolean loopback,
      Who who,
      Effects out) {
    return step.lookup(now, flow, ifId, socket, loopback, who, out);
  }

  /**
   * The policy step for a packet of which some flow is known already, with the second chance that
   * ICMP errors have: one that would go in clear is protected as the packet that it quotes would
   * be, if the policy has the flag icmp (xfrm_out_fwd_icmp).
   *
   * @param packet reader index at the IP header
   */
  public Lookup lookup(
      long now, FlowKey flow, Packet packet, int ifId, boolean loopback, Who who, Effects out) {
    Lookup answer = step.lookup(now, flow, ifId, null, loopback, who, out);
    if (answer instanceof Lookup.Bypass && quoted.decode(packet, flow)) {
      Bundle bundle = step.lookupQuoted(now, quoted.flow, ifId, loopback, who, out);
      return bundle == null ? answer : bundle;
    }
    return answer;
  }

  /**
   * The policy step for an ICMP error that this host makes itself; see {@link
   * PolicyStep#lookupError}.
   *
   * @param answer the flow of the packet that the error is about, turned round
   */
  public Lookup lookupError(long now, FlowKey flow, FlowKey answer, boolean loopback, Effects out) {
    return step.lookupError(now, flow, answer, loopback, out);
  }

  /**
   * Writes into a packet's trail, if it keeps one, which policies and states its look-up passed by
   * and why.
   *
   * @param packet reader index at the IP header
   * @param oif the device of its route
   * @param answer what the look-up said
   */
  public void noteAlternatives(long now, Packet packet, int oif, Lookup answer) {
    alternatives.note(now, packet, oif, answer);
  }

  /**
   * Why a look-up passed over a policy for its label, for people; null if it would not.
   *
   * @param flowSid the label of the flow
   */
  public @Nullable String whyPassedOver(int flowSid, Policy policy) {
    return alternatives.whyPassedOver(flowSid, policy);
  }

  /** Raised by every insertion of a policy: cached routes must be looked up again. */
  public long routeGeneration() {
    return policies.routeGeneration();
  }

  // Packets.

  /**
   * Takes a packet for which {@link #lookup} answered {@link Hold}.
   *
   * @return EAGAIN if the queue was full and the packet dropped
   */
  public Errno hold(long now, Hold hold, Packet packet, Effects out) {
    return desk.hold(now, hold, packet, out);
  }

  /**
   * Runs a bundle's transforms over an IP packet, whose reader index is at the IP header, and
   * forwards the result.
   *
   * @param linkMtu of the link that it leaves by, in bytes: traffic flow padding goes no further
   */
  public void output(long now, Packet packet, Bundle bundle, int linkMtu, Effects out) {
    outputPath.output(now, packet, bundle, linkMtu, out);
  }

  /**
   * Opens an ESP, AH or IPCOMP packet that is addressed to this host, whole, reader index at the IP
   * header, and forwards what was inside with its SAs in the security path.
   */
  public void input(long now, Packet packet, Effects out) {
    inputPath.input(now, packet, 0, null, out);
  }

  /** The same for ESP in UDP: a UDP header of 8 bytes stands between IP and ESP. */
  public void inputEncapsulated(long now, Packet packet, Effects out) {
    inputPath.input(now, packet, 8, Encap.Type.ESPINUDP, out);
  }

  /**
   * Whether an IP-in-IP packet, addressed to this host, is for {@link #input}: IPComp in tunnel
   * mode sends so what it could not compress.
   */
  public boolean opensPlainTunnel(Packet packet) {
    return inputPath.opensPlainTunnel(packet);
  }

  /**
   * Whether a packet came as inbound policy demands; if not it was dropped. Reader index at the IP
   * header.
   *
   * @param direction IN for local delivery, FWD before forwarding
   */
  public boolean admits(long now, Packet packet, Direction direction, Effects out) {
    return policyCheck.admits(now, packet, direction, 0, 0, null, out);
  }

  /**
   * The same (__xfrm_policy_check) where more is known.
   *
   * @param ifId the xfrm interface that it came by, 0 for none
   * @param oif the interface that its route leaves by, 0 for unknown
   * @param socket the policies of the receiving socket, or null
   */
  public boolean admits(
      long now,
      Packet packet,
      Direction direction,
      int ifId,
      int oif,
      @Nullable SocketPolicies socket,
      Effects out) {
    return policyCheck.admits(now, packet, direction, ifId, oif, socket, out);
  }

  /**
   * The SID on which all labelled SAs of a packet's security path agree: the flow label of a
   * forwarded packet and the peer label of a delivered one. 0 if none is labelled, -1 if they
   * disagree (XfrmFwdHdrError).
   */
  public static int pathLabel(Packet packet) {
    return PolicyCheck.pathLabel(packet);
  }

  // Time.

  /** When {@link #onDeadline} is to be called next; {@link Long#MAX_VALUE} for never. */
  public long deadline() {
    return agenda.deadline();
  }

  /** Does everything that is due. */
  public void onDeadline(long now, Effects out) {
    for (Agenda.Timer timer = agenda.due(now); timer != null; timer = agenda.due(now)) {
      switch (timer.owner) {
        case State state -> sad.onTimer(now, state, out);
        case InstalledPolicy policy -> spd.onTimer(now, policy, out);
        case ReplayWatch watch -> notices.onTimer(now, watch, out);
        case NatKeepalive keepalive -> keepalive.onTimer(now, agenda, out);
        case HoldQueue queue -> desk.onTimer(now, queue, timer, out);
        default -> throw new AssertionError(timer.owner);
      }
    }
  }

  /** Drops everything held, at the end of a run. */
  public void close(long now, Effects out) {
    desk.close(now, out);
  }

  // Migration.

  /**
   * Moves a policy's templates and its states to other endpoints in one step (XFRM_MSG_MIGRATE):
   * keys, sequence numbers, replay windows and lifetimes go on. All or nothing.
   *
   * @param selector its addresses, and protocol and ports if it has any, find the policy as a flow
   *     would
   * @param migrations 1 to 6, none twice
   * @param encap the new one of all states, or null to leave it
   * @param ifId the xfrm interface, 0 for none
   * @return EINVAL for an impossible list, ENOENT without a policy, ENODATA if a state cannot be
   *     moved or no template is concerned
   */
  public Errno migrate(
      long now,
      Selector selector,
      Direction direction,
      List<Migration> migrations,
      @Nullable Encap encap,
      int ifId,
      Effects out) {
    Errno errno = migrator.migrate(now, selector, direction, migrations, encap, ifId);
    InstalledPolicy before = migrator.before;
    InstalledPolicy after = migrator.after;
    if (errno != Errno.OK || before == null || after == null) {
      return errno;
    }
    if (before.timer.armed()) {
      agenda.arm(after.timer, before.timer.at());
      agenda.cancel(before.timer);
    }
    List<State> made = List.copyOf(migrator.made);
    for (State state : made) {
      NatKeepalive.installed(now, state, agenda);
      notices.installed(now, state);
    }
    out.emit(new XfrmEvent.Migrated(selector, direction, List.copyOf(migrations), encap));
    waiters.policyChanged(now, before, after, out);
    for (State state : made) {
      desk.onInstall(now, state, out);
    }
    return Errno.OK;
  }

  // Introspection.

  /** The counters of /proc/net/xfrm_stat. */
  public XfrmStats stats() {
    return stats;
  }
}
