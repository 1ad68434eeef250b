package org.larval.lab.run;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.ike.AcquireRequest;
import org.larval.ike.ChildParameters;
import org.larval.ike.IkeEvent;
import org.larval.ike.KeyManager;
import org.larval.ike.KeyManagerEvent;
import org.larval.ike.Script;
import org.larval.ike.ScriptedKeyManager;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;
import org.larval.lab.file.LabFile;
import org.larval.lab.ike.AgreedStates;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.Randomness;
import org.larval.lab.time.Timeline;
import org.larval.labels.LabelPolicy;
import org.larval.labels.Sids;
import org.larval.packet.Event;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Policy;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.State;
import org.larval.xfrm.Template;
import org.larval.xfrm.XfrmEvent;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.transform.SaParameters;
import org.larval.xfrm.transform.StateMaker;

/**
 * Carries acquires from xfrm engines to key managers, and SAs back to both ends: the inbound one
 * first, so that nothing arrives for an SA that is not there yet.
 */
final class Locksmith {
  private static final int KEY_AND_SALT = 20;
  private static final int FIRST_SPI = 0x1000_0000;

  private final Timeline timeline;
  private final Ledger ledger;
  private final Map<String, GuestNode> guests;
  private final Map<String, StateMaker> makers = new LinkedHashMap<>();
  private final Map<IpAddress, GuestNode> owners = new LinkedHashMap<>();
  private final List<Desk> desks = new ArrayList<>();
  private final Map<String, XfrmEvent.Acquire> asked = new LinkedHashMap<>();
  private final Set<Integer> usedSpis = new LinkedHashSet<>();
  private final RandomGenerator spis;
  private final SecureRandom keys;
  private final KeyTables tables;
  private final Sids sids;
  private final Map<String, IkeHost> ikeHosts = new LinkedHashMap<>();
  private final List<Long> installs = new ArrayList<>();
  private int acquires;

  /** One key manager and the pair of guests that it serves. */
  private final class Desk extends RoomEffects {
    private final LabFile.Keys file;
    private final KeyManager manager;
    private final Alarm alarm;

    Desk(LabFile.Keys file, KeyManager manager) {
      super(Locksmith.this.timeline, Locksmith.this.ledger, file.a() + "-" + file.b() + " keys");
      this.file = file;
      this.manager = manager;
      alarm =
          timeline.alarm(
              now -> {
                manager.onDeadline(now, this);
                return manager.deadline();
              });
    }

    boolean serves(String guest, @Nullable GuestNode peer) {
      return peer != null
          && ((file.a().equals(guest) && file.b().equals(peer.name()))
              || (file.b().equals(guest) && file.a().equals(peer.name())));
    }

    @Override
    public void emit(Event event) {
      if (event instanceof KeyManagerEvent key) {
        onKeyManagerEvent(timeline.now(), this, key);
      }
    }
  }

  Locksmith(
      LabFile file,
      RunOptions options,
      Timeline timeline,
      Ledger ledger,
      Randomness randomness,
      Map<String, GuestNode> guests,
      Captures captures,
      Sids sids,
      LabelPolicy labels) {
    this.timeline = timeline;
    this.ledger = ledger;
    this.guests = guests;
    tables = new KeyTables(captures);
    this.sids = sids;
    spis = randomness.stream("spis");
    keys = randomness.secure("keys");
    // One for all guests: how many keys are worth keeping expanded depends on how many there are.
    CryptoBackend crypto = options.crypto().open();
    for (GuestNode guest : guests.values()) {
      guest.xfrm().keyManagerListening(false);
      makers.put(guest.name(), new StateMaker(crypto, randomness.stream("esp " + guest.name())));
      guest.file().nics().stream()
          .flatMap(nic -> nic.addresses().stream())
          .forEach(prefix -> owners.put(prefix.address(), guest));
    }
    IkeConnections ike = new IkeConnections(file, Protections.in(file));
    for (GuestNode guest : guests.values()) {
      List<Connection> connections = ike.of(guest.name());
      if (!connections.isEmpty()) {
        ikeHosts.put(
            guest.name(),
            new IkeHost(
                guest,
                connections,
                ike.alone(guest.name()),
                settings(file, guest.name(), captures.wanted()),
                ike.keyring(guest.name()),
                new AgreedStates(maker(guest.name())),
                randomness.secure("ike " + guest.name()),
                timeline,
                ledger,
                sids,
                labels,
                new Agreements()));
      }
    }
    for (LabFile.Keys one : file.keys()) {
      if (one.by() == LabFile.Keys.By.SCRIPT) {
        desks.add(new Desk(one, new ScriptedKeyManager(script(one, options))));
      }
    }
  }

  /** What the guests' IKE daemons install. */
  private final class Agreements implements IkeHost.Installations {
    @Override
    public void installed(long now, ChildParameters child) {
      if (child.acquire() != 0) {
        installs.add(now);
      }
    }

    @Override
    public boolean keys(ChildParameters child) {
      return tables.inbound(child);
    }

    @Override
    public boolean keys(IkeEvent.Keys keys) {
      return tables.ike(keys);
    }
  }

  /** Of the first pair that the guest belongs to: a host has one way to be patient. */
  private static Settings settings(LabFile file, String guest, boolean traced) {
    for (LabFile.Keys keys : file.keys()) {
      LabFile.Keys.Ike ike = keys.ike();
      if (ike != null && (keys.a().equals(guest) || keys.b().equals(guest))) {
        return Settings.with()
            .retransmission(ike.retransmission())
            .makeBeforeBreak(ike.makeBeforeBreak())
            .costs(ike.costs())
            .keysInEvents(traced)
            .build();
      }
    }
    return Settings.DEFAULT;
  }

  /** What the guests' IKE daemons said, in the order of time. */
  List<String> ikeLog() {
    List<String> lines = new ArrayList<>();
    ikeHosts.values().forEach(host -> lines.addAll(host.log()));
    lines.sort(Comparator.comparingDouble(Locksmith::time));
    return lines;
  }

  private static double time(String line) {
    return Double.parseDouble(line.substring(0, line.indexOf(' ')));
  }

  private Script script(LabFile.Keys file, RunOptions options) {
    long answer =
        options.answerAfter() == RunOptions.AS_IN_FILE ? file.answerAfter() : options.answerAfter();
    Set<Integer> only = new LinkedHashSet<>();
    file.onlyLabels().forEach(label -> only.add(sids.sid(label)));
    // libreswan's shunt is the key manager's doing, so the preset brings it along
    boolean block =
        file.meanwhile() == LabFile.Keys.While.BLOCK
            || (options.saMiss() != null && options.saMiss().name().equals("libreswan"));
    return new Script(
        plus(answer, file.overhead()),
        plus(file.failAfter(), file.overhead()),
        file.listensFrom(),
        only,
        block,
        file.then() == LabFile.Keys.Then.REWRITE_POLICY);
  }

  private static long plus(long duration, long overhead) {
    return duration == Long.MAX_VALUE ? duration : duration + overhead;
  }

  /** Tells the engines who listens, and makes the SAs that stand from the beginning. */
  void open(long now, LabFile file, List<LabFile.Protection> protections) {
    for (Desk desk : desks) {
      if (desk.manager.listening(now)) {
        listening(desk);
      }
      timeline.arm(desk.alarm, desk.manager.deadline());
    }
    for (Map.Entry<String, IkeHost> one : ikeHosts.entrySet()) {
      long from = listensFrom(file, one.getKey());
      if (from <= now) {
        listen(now, one.getKey(), one.getValue());
      } else if (from != Long.MAX_VALUE) {
        Alarm start =
            timeline.alarm(
                later -> {
                  listen(later, one.getKey(), one.getValue());
                  return Long.MAX_VALUE;
                });
        timeline.arm(start, from);
      }
    }
    for (LabFile.Keys keysOfPair : file.keys()) {
      if (keysOfPair.by() == LabFile.Keys.By.MANUAL) {
        for (LabFile.Protection protection : protections) {
          if (joins(protection, keysOfPair)) {
            standing(now, protection);
          }
        }
      }
    }
  }

  private static long listensFrom(LabFile file, String guest) {
    long from = Long.MAX_VALUE;
    for (LabFile.Keys keys : file.keys()) {
      if (keys.ike() != null && (keys.a().equals(guest) || keys.b().equals(guest))) {
        from = Math.min(from, keys.listensFrom());
      }
    }
    return from;
  }

  private void listen(long now, String name, IkeHost host) {
    GuestNode guest = guest(name);
    guest.xfrm().keyManagerListening(true);
    host.listen(now);
    guest.rearm();
  }

  private static boolean joins(LabFile.Protection protection, LabFile.Keys pair) {
    return (protection.from().equals(pair.a()) && protection.to().equals(pair.b()))
        || (protection.from().equals(pair.b()) && protection.to().equals(pair.a()));
  }

  private void standing(long now, LabFile.Protection protection) {
    GuestNode from = guest(protection.from());
    GuestNode to = guest(protection.to());
    for (boolean v6 : new boolean[] {false, true}) {
      Protections.Peers peers = Protections.peers(from.file(), to.file(), v6);
      if (peers != null) {
        SecurityLabel label = labelOf(from.sid(), protection.label() != null);
        sa(now, from, to, peers.local(), peers.remote(), protection, label);
        if (!protection.oneWay()) {
          sa(now, to, from, peers.remote(), peers.local(), protection, label);
        }
      }
    }
  }

  private void sa(
      long now,
      GuestNode from,
      GuestNode to,
      IpAddress source,
      IpAddress target,
      LabFile.Protection protection,
      @Nullable SecurityLabel label) {
    install(now, from, to, source, target, protection.reqid(), protection.mode(), label, 0);
  }

  private @Nullable SecurityLabel labelOf(int sid, boolean labelled) {
    return labelled && sid != Sids.NONE
        ? SecurityLabel.selinux(sid, sids.context(sid).toString())
        : null;
  }

  /** How many acquires the engines sent. */
  int acquires() {
    return acquires;
  }

  /** When SAs that had been asked for came, in nanoseconds since the lab began. */
  List<Long> installs() {
    return List.copyOf(installs);
  }

  /** An engine announces something. */
  void onXfrmEvent(long now, GuestNode guest, Event event) {
    IkeHost ike = ikeHosts.get(guest.name());
    if (event instanceof XfrmEvent.Expire expire && ike != null) {
      ike.onExpire(now, expire);
    }
    if (event instanceof XfrmEvent.Acquire acquire) {
      acquires++;
      GuestNode peer = owners.get(acquire.target());
      for (Desk desk : desks) {
        if (desk.serves(guest.name(), peer)) {
          asked.put(key(guest.name(), acquire.sequence()), acquire);
          // whatever a key manager speaks, its first packet to the peer resolves the next hop
          guest.stack().solicit(now, acquire.target(), guest.effects());
          desk.manager.onAcquire(now, request(guest, acquire), desk);
          timeline.arm(desk.alarm, desk.manager.deadline());
          return;
        }
      }
      if (ike != null) {
        ike.onAcquire(now, acquire);
      }
    }
  }

  private static AcquireRequest request(GuestNode guest, XfrmEvent.Acquire acquire) {
    SecurityLabel label = acquire.label();
    return new AcquireRequest(
        guest.name(),
        acquire.sequence(),
        acquire.source(),
        acquire.target(),
        acquire.template().protocol(),
        acquire.template().mode() == Mode.TUNNEL,
        acquire.template().reqid(),
        label == null ? Sids.NONE : label.sid(),
        acquire.policy().index());
  }

  private static String key(String guest, int sequence) {
    return guest + " " + sequence;
  }

  private void onKeyManagerEvent(long now, Desk desk, KeyManagerEvent event) {
    switch (event) {
      case KeyManagerEvent.Listening listening -> listening(desk);
      case KeyManagerEvent.Install install -> install(now, install.request());
      case KeyManagerEvent.Failed failed -> {
        GuestNode guest = guest(failed.request().guest());
        guest.xfrm().sad().acquireFailed(now, failed.request().sequence(), guest.xfrmEffects());
        guest.rearm();
      }
      case KeyManagerEvent.BlockMeanwhile block ->
          update(now, block.request(), Policy.Action.BLOCK);
      case KeyManagerEvent.RewritePolicy rewrite ->
          update(now, rewrite.request(), Policy.Action.ALLOW);
    }
  }

  private void listening(Desk desk) {
    for (String name : List.of(desk.file.a(), desk.file.b())) {
      GuestNode guest = guest(name);
      guest.xfrm().keyManagerListening(true);
      guest.rearm();
    }
  }

  private void update(long now, AcquireRequest request, Policy.Action action) {
    Policy trap = acquire(request).policy();
    GuestNode guest = guest(request.guest());
    Policy replacement =
        new Policy(
            trap.direction(),
            trap.selector(),
            trap.priority(),
            trap.index(),
            action,
            trap.mark(),
            trap.ifId(),
            trap.label(),
            action == Policy.Action.BLOCK ? List.of() : trap.templates());
    guest.xfrm().spd().update(now, replacement, Lifetimes.NONE, guest.xfrmEffects());
    guest.rearm();
  }

  private XfrmEvent.Acquire acquire(AcquireRequest request) {
    XfrmEvent.Acquire acquire = asked.get(key(request.guest(), request.sequence()));
    if (acquire == null) {
      throw new IllegalStateException("nobody asked for " + request);
    }
    return acquire;
  }

  private void install(long now, AcquireRequest request) {
    installs.add(now);
    XfrmEvent.Acquire acquire = acquire(request);
    GuestNode from = guest(request.guest());
    GuestNode to = owners.get(acquire.target());
    if (to == null) {
      throw new IllegalStateException("nobody owns " + acquire.target());
    }
    Template template = acquire.template();
    install(
        now,
        from,
        to,
        acquire.source(),
        acquire.target(),
        template.reqid(),
        template.mode(),
        acquire.label(),
        request.sequence());
    // IKE makes SAs in pairs: the peer gets one for its answers
    install(
        now,
        to,
        from,
        acquire.target(),
        acquire.source(),
        template.reqid(),
        template.mode(),
        acquire.label(),
        0);
  }

  private void install(
      long now,
      GuestNode from,
      GuestNode to,
      IpAddress source,
      IpAddress target,
      int reqid,
      Mode mode,
      @Nullable SecurityLabel label,
      int sequence) {
    int spi = spi();
    byte[] key = new byte[KEY_AND_SALT];
    keys.nextBytes(key);
    tables.gcm(source, target, spi, key);
    State inbound = state(to, source, target, spi, reqid, mode, label, 0, key);
    to.install(now, inbound, false);
    State outbound = state(from, source, target, spi, reqid, mode, label, sequence, key);
    from.install(now, outbound, false);
    Arrays.fill(key, (byte) 0);
  }

  private State state(
      GuestNode guest,
      IpAddress source,
      IpAddress target,
      int spi,
      int reqid,
      Mode mode,
      @Nullable SecurityLabel label,
      int sequence,
      byte[] key) {
    return maker(guest.name())
        .state(
            State.of(source, target, spi, IpProtocol.ESP)
                .reqid(reqid)
                .mode(mode)
                .label(label)
                .sequence(sequence),
            SaParameters.gcm(key));
  }

  /** What makes a guest's states. */
  StateMaker maker(String guest) {
    StateMaker maker = makers.get(guest);
    if (maker == null) {
      throw new IllegalStateException("no guest " + guest);
    }
    return maker;
  }

  private int spi() {
    while (true) {
      int spi = FIRST_SPI + spis.nextInt(0x7000_0000);
      if (usedSpis.add(spi)) {
        return spi;
      }
    }
  }

  private GuestNode guest(String name) {
    GuestNode guest = guests.get(name);
    if (guest == null) {
      throw new IllegalStateException("no guest " + name);
    }
    return guest;
  }
}
