package org.larval.lab.run;

import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.Attachment;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Outside;
import org.larval.lab.file.Where;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.Randomness;
import org.larval.lab.time.Timeline;
import org.larval.labels.Decision;
import org.larval.labels.Sids;
import org.larval.labels.avc.AuditRecord;
import org.larval.packet.Event;
import org.larval.packet.PacketPool;
import org.larval.wire.MacAddress;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.XfrmEvent;

/** Puts all rooms of a lab together, as its file says. */
final class Rooms {
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
  private final Contexts contexts;
  private final Map<String, GuestNode> guests = new LinkedHashMap<>();
  private final List<Outsider> outsiders = new ArrayList<>();
  private final OutsideLog outsideLog = new OutsideLog();
  private final Plugs plugs;
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
    contexts = new Contexts(sids, inForce);
    plugs = new Plugs(options, timeline, ledger, pool, street);
    ledger.denials(name -> guests.containsKey(name) ? node(name).denial() : null);
    ledger.contexts(sid -> sids.context(sid).toString());
    try {
      settle(new GuestLabels(file, sids, inForce));
    } catch (RuntimeException problem) {
      close();
      throw problem;
    }
    locksmith =
        new Locksmith(
            file, options, timeline, ledger, randomness, guests, captures, sids, contexts.labels());
    lines = new IpXfrmLines(sids, locksmith, randomness.stream("allocspi"));
  }

  /** Gives every guest its place. */
  private void settle(GuestLabels guestLabels) {
    GuestBuilder builder =
        new GuestBuilder(
            options,
            timeline,
            randomness,
            pool,
            ledger,
            held,
            captures,
            contexts,
            guestLabels,
            plugs,
            this::onXfrmEvent);
    int number = 0;
    for (LabFile.Guest guest : file.guests().values()) {
      Attachment elsewhere = options.outside().get(guest.name());
      Outside outside = guest.outside();
      Attachment attachment =
          elsewhere != null ? elsewhere : outside == null ? null : outside.attachment();
      boolean played = guest.name().equals(options.played());
      if (attachment == null || played) {
        guests.put(guest.name(), builder.build(guest, number));
      } else if (options.played() == null) {
        MacAddress mac = Plugs.mac(guest.nics().getFirst(), number, 0);
        outsiders.add(
            new Outsider(
                guest, attachment, mac, timeline, ledger, pool, street, captures, outsideLog));
      }
      number++;
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
      SecurityLabel label = contexts.label(protection.where(), protection.label());
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
      applications.start(traffic, contexts.sid(traffic.where(), traffic.label()));
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
        context -> contexts.sid(guest.file().where(), context),
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
    plugs.end();
    if (pool.live() != 0) {
      throw new IllegalStateException(
          pool.live() + " packets were not released; seed " + randomness.seed());
    }
  }

  /** Gives back what the host lent for guests outside. On the loop. */
  void close() {
    outsiders.forEach(Outsider::close);
    outsiders.clear();
    plugs.close();
  }

  /** The guest that this process plays hears from now on what comes. On the loop. */
  void hear() {
    if (options.played() != null) {
      plugs.hear(node(options.played()).doorbell());
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
