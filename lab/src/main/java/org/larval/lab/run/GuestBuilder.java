package org.larval.lab.run;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.guest.GuestConfig;
import org.larval.guest.GuestStack;
import org.larval.guest.Hook;
import org.larval.guest.tcp.TcpLayer;
import org.larval.guest.tcp.TcpSettings;
import org.larval.lab.file.GuestRules;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.lab.time.Randomness;
import org.larval.lab.time.Timeline;
import org.larval.labels.Decision;
import org.larval.labels.SecurityContext;
import org.larval.packet.Jiffies;
import org.larval.packet.PacketPool;
import org.larval.pcap.LinkType;
import org.larval.secmark.HookWalk;
import org.larval.secmark.NfHook;
import org.larval.secmark.Ruleset;
import org.larval.secmark.conntrack.ConntrackSettings;
import org.larval.wire.IpProtocol;
import org.larval.wire.MacAddress;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.XfrmEngine;

/** Builds guests that live in this process: stack, TCP, xfrm engine, rules and labels of each. */
final class GuestBuilder {
  private static final long NANOS_PER_JIFFY = 4_000_000L;

  private final RunOptions options;
  private final Timeline timeline;
  private final Randomness randomness;
  private final PacketPool pool;
  private final Ledger ledger;
  private final HeldSeries held;
  private final Captures captures;
  private final Contexts contexts;
  private final GuestLabels guestLabels;
  private final Plugs plugs;
  private final GuestNode.XfrmEvents announced;

  GuestBuilder(
      RunOptions options,
      Timeline timeline,
      Randomness randomness,
      PacketPool pool,
      Ledger ledger,
      HeldSeries held,
      Captures captures,
      Contexts contexts,
      GuestLabels guestLabels,
      Plugs plugs,
      GuestNode.XfrmEvents announced) {
    this.options = options;
    this.timeline = timeline;
    this.randomness = randomness;
    this.pool = pool;
    this.ledger = ledger;
    this.held = held;
    this.captures = captures;
    this.contexts = contexts;
    this.guestLabels = guestLabels;
    this.plugs = plugs;
    this.announced = announced;
  }

  /**
   * Builds one.
   *
   * @param number its place in the file, from 0
   */
  GuestNode build(LabFile.Guest from, int number) {
    Administrator administrator =
        from.administrator() == null
            ? null
            : new Administrator(
                contexts.sid(from.where(), from.administrator()), contexts.labels());
    GuestNode node =
        new GuestNode(
            from, contexts.sid(from.where(), from.label()), administrator, timeline, ledger, held);
    List<GuestConfig.Nic> configs = new ArrayList<>();
    List<Captures.Port> wires = new ArrayList<>();
    Captures.Port clear = captures.open(from.capture(), from.name() + " clear", LinkType.RAW);
    for (int i = 0; i < from.nics().size(); i++) {
      LabFile.Nic nic = from.nics().get(i);
      MacAddress mac = Plugs.mac(nic, number, i);
      configs.add(new GuestConfig.Nic(mac, nic.addresses(), nic.mtu()));
      plugs.plug(node, from, mac, i);
      Captures.Port wire =
          captures.open(from.capture(), from.name() + " " + nic.name(), LinkType.ETHERNET);
      if (wire != null) {
        wires.add(wire);
      }
    }
    node.capture(clear, wires, captures.notes());
    GuestConfig config =
        new GuestConfig(
            from.name(),
            configs,
            from.routes().stream()
                .map(route -> GuestConfig.StaticRoute.via(route.target(), route.via()))
                .toList(),
            from.forward(),
            GuestConfig.DEFAULT_TTL,
            jiffies(from),
            GuestConfig.Limits.DEFAULT);
    GuestStack stack =
        new GuestStack(config, pool, randomness.stream("guest " + from.name()), ledger);
    XfrmEngine engine = engine(from, stack);
    TcpLayer tcp =
        new TcpLayer(
            stack,
            tcpSettings(from),
            randomness.stream("tcp " + from.name()),
            ledger,
            engine.held()::stillQueued);
    stack.transport(IpProtocol.TCP, tcp);
    stack.timed(tcp);
    GuestXfrm xfrm = new GuestXfrm(node, engine);
    stack.securityPath(xfrm);
    stack.protectLoopback(from.loopbackXfrm());
    Ruleset marks = secmark(from, stack, administrator);
    guestLabels.install(
        from, stack, marks::active, () -> engine.spd().labeled() + engine.sad().labeled() > 0);
    node.assemble(new GuestNode.Parts(stack, tcp, engine, announced, xfrm::denial));
    return node;
  }

  /** A kernel's jiffies stand anywhere when a lab begins; the seed says where. */
  private Jiffies jiffies(LabFile.Guest guest) {
    if (guest.kernel() == LabFile.Kernel.EXACT) {
      return Jiffies.EXACT;
    }
    long ticks = randomness.stream("jiffies " + guest.name()).nextInt(Jiffies.PHASES);
    return Jiffies.HZ_250.withPhase(ticks * NANOS_PER_JIFFY);
  }

  private TcpSettings tcpSettings(LabFile.Guest guest) {
    return switch (guest.kernel()) {
      case EXACT, LINUX_6_12 -> TcpSettings.LINUX_6_12.withJiffies(jiffies(guest));
      case LINUX_6_1 -> TcpSettings.LINUX_6_1.withJiffies(jiffies(guest));
    };
  }

  private XfrmEngine engine(LabFile.Guest guest, GuestStack stack) {
    SaMissPolicy wanted = options.saMiss();
    SaMissPolicy own = guest.saMiss();
    SaMissPolicy policy = wanted != null ? wanted : own != null ? own : SaMissPolicy.LINUX_DEFAULT;
    XfrmEngine engine =
        new XfrmEngine(
            guest.name(),
            timed(policy, guest),
            new AssociationLabels(contexts.labels(), contexts.sids()),
            stack::sourceFor);
    engine.acquireExpires((int) Math.max(1, guest.acquireExpires() / 1_000_000_000L));
    return engine;
  }

  /** The presets' kernel timers get the guest's own jiffies. */
  private SaMissPolicy timed(SaMissPolicy policy, LabFile.Guest guest) {
    return policy.timers().hertz() == 0 ? policy : policy.change().timers(jiffies(guest)).make();
  }

  /** Puts a guest's rules at its hooks. */
  private Ruleset secmark(
      LabFile.Guest guest, GuestStack stack, @Nullable Administrator administrator) {
    Ruleset rules = GuestRules.of(guest, context -> ruleSid(guest.where(), context, administrator));
    if (guest.secmark().isEmpty()) {
      return rules;
    }
    HookWalk walk =
        new HookWalk(
            rules,
            ConntrackSettings.DEFAULT,
            randomness.stream("conntrack " + guest.name()),
            guest.name());
    for (NfHook hook : NfHook.values()) {
      for (boolean beforeChecks : new boolean[] {true, false}) {
        if (!walk.isEmpty(hook, beforeChecks)) {
          stack.gate(Hook.valueOf(hook.name()), beforeChecks, walk.gate(hook, beforeChecks));
        }
      }
    }
    return rules;
  }

  private int ruleSid(Where where, SecurityContext context, @Nullable Administrator administrator) {
    try {
      int sid = contexts.sid(where, context.toString());
      Decision.Denied denied = administrator == null ? null : administrator.relabelto(sid);
      if (denied != null) {
        throw new IllegalArgumentException("EACCES (Permission denied): " + denied);
      }
      return sid;
    } catch (LabFileException problem) {
      throw new IllegalArgumentException(problem.clause(), problem);
    }
  }
}
