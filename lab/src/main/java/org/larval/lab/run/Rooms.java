package org.larval.lab.run;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.guest.GuestConfig;
import org.larval.guest.GuestStack;
import org.larval.guest.Hook;
import org.larval.guest.tcp.TcpLayer;
import org.larval.guest.tcp.TcpSettings;
import org.larval.lab.file.Attachment;
import org.larval.lab.file.GuestRules;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Outside;
import org.larval.lab.file.Where;
import org.larval.lab.outside.NetfilePlug;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.Randomness;
import org.larval.lab.time.RealTimeline;
import org.larval.lab.time.Timeline;
import org.larval.labels.Decision;
import org.larval.labels.LabelPolicy;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;
import org.larval.labels.avc.AuditRecord;
import org.larval.nic.Doorbell;
import org.larval.nic.Netfile;
import org.larval.nic.NicGeometry;
import org.larval.nic.NicSettings;
import org.larval.nic.VirtualNic;
import org.larval.packet.Event;
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
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.XfrmEvent;

/** Puts all rooms of a lab together, as its file says. */
final class Rooms {
  private static final int MAX_QUEUE_DESCRIPTORS = 256;
  private static final long NANOS_PER_JIFFY = 4_000_000L;

  private final LabFile file;
  private final RunOptions options;
  private final Timeline timeline;
  private final Randomness randomness;
  private final PacketPool pool;
  private final Ledger ledger;
  private final HeldSeries held = new HeldSeries();
  private final Captures captures;
  private final Street street;
  private final Sids sids = new Sids();
  private final @Nullable PolicyInForce inForce;
  private final LabelPolicy labels;
  private final GuestLabels guestLabels;
  private final Map<String, GuestNode> guests = new LinkedHashMap<>();
  private final List<Outsider> outsiders = new ArrayList<>();
  private final OutsideLog outsideLog = new OutsideLog();
  private final List<Netfile> netfiles = new ArrayList<>();
  private final List<NetfilePlug> plugs = new ArrayList<>();
  private final Locksmith locksmith;
  private final IpXfrmLines lines;
  private final @Nullable Replay replay;
  private @Nullable ReplaySender replaySender;

  Rooms(LabFile file, RunOptions options, @Nullable Replay replay, Timeline timeline, long seed) {
    this.replay = replay;
    this.file = file;
    this.options = options;
    this.timeline = timeline;
    randomness = new Randomness(seed, timeline.virtual());
    pool =
        new PacketPool(
            PooledByteBufAllocator.DEFAULT,
            options.trails(),
            options.crypto().prefersNativeMemory());
    ledger = new Ledger(pool);
    ledger.follow(options.followFlow(), options.followSequence());
    captures =
        new Captures(
            options.capturesUnder(), file.name() + ", seed " + seed, new CaptureNotes(sids));
    street = new Street(file, timeline, randomness, ledger, pool, captures);
    inForce = PolicyInForce.of(file, sids);
    labels = inForce == null ? LabelPolicy.ALLOW_ALL : inForce.labels();
    guestLabels = new GuestLabels(file, sids, inForce);
    ledger.denials(name -> guests.containsKey(name) ? node(name).denial() : null);
    ledger.contexts(sid -> sids.context(sid).toString());
    try {
      settle();
    } catch (RuntimeException problem) {
      close();
      throw problem;
    }
    locksmith =
        new Locksmith(file, options, timeline, ledger, randomness, guests, captures, sids, labels);
    lines = new IpXfrmLines(sids, locksmith, randomness.stream("allocspi"));
  }

  /** Gives every guest its place. */
  private void settle() {
    int number = 0;
    for (LabFile.Guest guest : file.guests().values()) {
      Attachment elsewhere = options.outside().get(guest.name());
      Outside outside = guest.outside();
      Attachment attachment =
          elsewhere != null ? elsewhere : outside == null ? null : outside.attachment();
      boolean played = guest.name().equals(options.played());
      if (attachment == null || played) {
        guests.put(guest.name(), guest(guest, number));
      } else if (options.played() == null) {
        MacAddress mac = mac(guest.nics().getFirst(), number, 0);
        outsiders.add(
            new Outsider(
                guest, attachment, mac, timeline, ledger, pool, street, captures, outsideLog));
      }
      number++;
    }
  }

  /** The number of a context that stands in the lab file. */
  private int sid(Where where, @Nullable String context) {
    if (context == null) {
      return Sids.NONE;
    }
    try {
      String text = inForce == null ? context : inForce.canonical(where, context);
      return sids.sid(SecurityContext.parse(text));
    } catch (IllegalArgumentException problem) {
      throw new LabFileException(
          where,
          String.valueOf(problem.getMessage()),
          "write a context like user_u:role_r:type_t:s0");
    }
  }

  private @Nullable SecurityLabel label(Where where, @Nullable String context) {
    if (context == null) {
      return null;
    }
    int sid = sid(where, context);
    return SecurityLabel.selinux(sid, inForce == null ? context : sids.context(sid).toString());
  }

  // --- one guest ---

  private GuestNode guest(LabFile.Guest from, int number) {
    Administrator administrator =
        from.administrator() == null
            ? null
            : new Administrator(sid(from.where(), from.administrator()), labels);
    GuestNode node =
        new GuestNode(from, sid(from.where(), from.label()), administrator, timeline, ledger, held);
    List<GuestConfig.Nic> configs = new ArrayList<>();
    List<Captures.Port> wires = new ArrayList<>();
    Captures.Port clear = captures.open(from.capture(), from.name() + " clear", LinkType.RAW);
    for (int i = 0; i < from.nics().size(); i++) {
      LabFile.Nic nic = from.nics().get(i);
      MacAddress mac = mac(nic, number, i);
      configs.add(new GuestConfig.Nic(mac, nic.addresses(), nic.mtu()));
      plug(node, from, mac, i);
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
    node.assemble(new GuestNode.Parts(stack, tcp, engine, this::onXfrmEvent, xfrm::denial));
    return node;
  }

  private static MacAddress mac(LabFile.Nic nic, int guest, int index) {
    MacAddress given = nic.mac();
    return given == null
        ? new MacAddress(0x0200_0000_0000L | (long) index << 32 | (guest + 1))
        : given;
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
            new AssociationLabels(labels, sids),
            stack::sourceFor);
    engine.acquireExpires((int) Math.max(1, guest.acquireExpires() / 1_000_000_000L));
    return engine;
  }

  /** The presets' kernel timers get the guest's own jiffies. */
  private SaMissPolicy timed(SaMissPolicy policy, LabFile.Guest guest) {
    return policy.timers().hertz() == 0 ? policy : policy.change().timers(jiffies(guest)).make();
  }

  private void plug(GuestNode node, LabFile.Guest guest, MacAddress mac, int index) {
    LabFile.Nic nic = guest.nics().get(index);
    String place = guest.name() + "." + nic.name();
    if (guest.name().equals(options.played())) {
      node.plug(played(guest, place, node));
      return;
    }
    NicPort port = new NicPort(timeline, ledger, place);
    VirtualNic plugged;
    if (guest.netfile() == null) {
      NicSettings settings =
          NicSettings.of(place, mac, index, index).withQueueSize(MAX_QUEUE_DESCRIPTORS);
      plugged = VirtualNic.local(settings, port.doorbell(), node.doorbell());
    } else {
      plugged = netfile(guest, mac, index, place, port, node);
    }
    port.plug(plugged.lab(), street.plug(new LabFile.End(guest.name(), index), port::deliver));
    node.plug(plugged);
  }

  /** The guest's end of its netfile; the lab's is in another process. */
  private VirtualNic played(LabFile.Guest guest, String place, GuestNode node) {
    if (timeline.virtual()
        || guest.outside() == null
        || !(guest.outside().attachment() instanceof Attachment.Netfile where)) {
      throw new IllegalArgumentException(guest.name() + " has no netfile outside, or no real time");
    }
    try {
      NetfilePlug plug =
          NetfilePlug.open(Path.of(where.path()), Netfile.End.GUEST, node.doorbell());
      plugs.add(plug);
      VirtualNic nic = VirtualNic.over(plug.file(), place, 0, 0, pool, plug.far(), node.doorbell());
      return nic;
    } catch (IOException problem) {
      throw new LabFileException(
          guest.where(),
          "the netfile " + where.path() + " cannot be used: " + problem.getMessage(),
          "name a file that a lab has formatted");
    }
  }

  private VirtualNic netfile(
      LabFile.Guest guest, MacAddress mac, int index, String place, NicPort port, GuestNode node) {
    Path path = Path.of(guest.netfile() + (index == 0 ? "" : "." + index));
    try {
      Path directory = path.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      Files.deleteIfExists(path);
      Netfile.format(
          path, mac, NicGeometry.of(MAX_QUEUE_DESCRIPTORS, 2048), guest.nics().get(index).mtu());
      Netfile opened = Netfile.open(path, Netfile.End.BOTH);
      netfiles.add(opened);
      return VirtualNic.over(opened, place, index, index, pool, port.doorbell(), node.doorbell());
    } catch (IOException problem) {
      throw new LabFileException(
          guest.where(),
          "the netfile " + path + " cannot be used: " + problem.getMessage(),
          "name a path that can be written");
    }
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
      int sid = sid(where, context.toString());
      Decision.Denied denied = administrator == null ? null : administrator.relabelto(sid);
      if (denied != null) {
        throw new IllegalArgumentException("EACCES (Permission denied): " + denied);
      }
      return sid;
    } catch (LabFileException problem) {
      throw new IllegalArgumentException(problem.clause(), problem);
    }
  }

  // --- what engines announce ---

  private void onXfrmEvent(long now, GuestNode guest, Event event) {
    switch (event) {
      case XfrmEvent.Wake wake -> {
        guest.stack().wakeSleepers(now, guest.effects());
        guest.tcp().wake(now, guest.effects());
      }
      case XfrmEvent.Reject reject -> Rejections.tell(now, pool, guest, reject);
      case XfrmEvent.Keepalive keepalive -> guest.keepAlive(now, keepalive.state());
      default -> locksmith.onXfrmEvent(now, guest, event);
    }
  }

  // --- the run ---

  /** Policies, keys, traffic and changes: everything that stands when the lab begins. */
  void open() {
    long now = timeline.now();
    List<LabFile.Protection> protections = protections();
    for (LabFile.Protection protection : protections) {
      SecurityLabel label = label(protection.where(), protection.label());
      for (Protections.Placed placed :
          Protections.of(protection, inFile(protection.from()), inFile(protection.to()), label)) {
        GuestNode guest = guests.get(placed.guest());
        if (guest == null) {
          continue; // who lives outside has policies of its own
        }
        refuse(protection.where(), guest, label);
        guest.xfrm().spd().add(now, placed.policy(), guest.xfrmEffects());
      }
    }
    for (GuestNode guest : guests.values()) {
      for (LabFile.Line line : guest.file().xfrm()) {
        lines.run(now, guest, line);
      }
    }
    locksmith.open(now, file, protections);
    Applications applications = new Applications(timeline, ledger, guests, options.onlyFlow());
    for (LabFile.Traffic traffic : file.traffic()) {
      applications.start(traffic, sid(traffic.where(), traffic.label()));
    }
    Replay wanted = replay;
    if (wanted != null) {
      replaySender = ReplaySender.start(wanted, timeline, ledger, pool, guests);
    }
    for (LabFile.Change change : file.changes()) {
      if (change.action() instanceof LabFile.Change.Xfrm xfrm) {
        lines.check(node(xfrm.guest()), xfrm.line());
      }
      Alarm alarm = timeline.alarm(moment -> change(moment, change));
      timeline.arm(alarm, change.at());
    }
    guests.values().forEach(GuestNode::rearm);
  }

  private static void refuse(Where where, GuestNode guest, @Nullable SecurityLabel label) {
    Administrator administrator = guest.administrator();
    Decision.Denied denied = administrator == null ? null : administrator.setcontext(label);
    if (denied != null) {
      throw new LabFileException(
          where,
          "guest '"
              + guest.name()
              + "' answers EACCES (Permission denied): "
              + IpXfrmLines.reason(denied),
          denied.remedy());
    }
  }

  /** Who protects what: as the file says, or as its keys imply. */
  List<LabFile.Protection> protections() {
    return Protections.in(file);
  }

  private long change(long now, LabFile.Change change) {
    switch (change.action()) {
      case LabFile.Change.Impair impair -> street.impair(now, impair.link(), impair.impairments());
      case LabFile.Change.Xfrm xfrm -> {
        GuestNode guest = node(xfrm.guest());
        lines.run(now, guest, xfrm.line());
        guest.rearm();
      }
      case LabFile.Change.Steer steer ->
          outsiders.stream()
              .filter(outsider -> outsider.guest().name().equals(steer.guest()))
              .forEach(outsider -> outsider.steer(steer.what()));
    }
    return Long.MAX_VALUE;
  }

  private LabFile.Guest inFile(String name) {
    LabFile.Guest guest = file.guests().get(name);
    if (guest == null) {
      throw new IllegalStateException("no guest " + name);
    }
    return guest;
  }

  GuestNode node(String name) {
    GuestNode guest = guests.get(name);
    if (guest == null) {
      throw new IllegalStateException("no guest " + name);
    }
    return guest;
  }

  /** What a program on a guest has. */
  Shell shell(GuestNode guest) {
    return new Shell(
        guest.stack(),
        guest.tcp(),
        context -> sid(guest.file().where(), context),
        sid -> sids.context(sid).toString());
  }

  /** What a policy in a file wrote into the audit log, oldest first. */
  List<AuditRecord> audit() {
    return inForce == null ? List.of() : List.copyOf(inForce.audit());
  }

  /** Counts what is still held or under way, then drops it. */
  void end() {
    long now = timeline.now();
    for (GuestNode guest : guests.values()) {
      guest.xfrm().held().forEach(packet -> ledger.stillHeld(now, packet));
    }
    ledger.closeBooks(
        guests.values().stream().mapToLong(guest -> guest.xfrm().held().count()).sum());
    street.end(now);
    guests.values().forEach(guest -> guest.end(now));
    outsiders.forEach(Outsider::end);
    captures.close();
    for (Netfile netfile : netfiles) {
      try {
        netfile.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    if (pool.live() != 0) {
      throw new IllegalStateException(
          pool.live() + " packets were not released; seed " + randomness.seed());
    }
  }

  /** Gives back what the host lent for guests outside. On the loop. */
  void close() {
    outsiders.forEach(Outsider::close);
    outsiders.clear();
    try {
      for (NetfilePlug plug : plugs) {
        plug.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    plugs.clear();
  }

  /** The guest that this process plays hears from now on what comes. On the loop. */
  void hear() {
    if (timeline instanceof RealTimeline real && options.played() != null) {
      Doorbell heard = node(options.played()).doorbell();
      plugs.forEach(plug -> plug.listen(real, heard));
    }
  }

  /** What happened to guests outside. */
  OutsideLog outsideLog() {
    return outsideLog;
  }

  /** Guests that live elsewhere. */
  List<Outsider> outsiders() {
    return outsiders;
  }

  Ledger ledger() {
    return ledger;
  }

  /** What sends the replay, or null without one. */
  @Nullable ReplaySender replaySender() {
    return replaySender;
  }

  Street street() {
    return street;
  }

  HeldSeries held() {
    return held;
  }

  Captures captures() {
    return captures;
  }

  Locksmith locksmith() {
    return locksmith;
  }

  Map<String, GuestNode> guests() {
    return guests;
  }
}
