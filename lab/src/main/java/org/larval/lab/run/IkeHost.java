package org.larval.lab.run;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.guest.UdpSocket;
import org.larval.ike.ChildParameters;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeAcquire;
import org.larval.ike.IkeEvent;
import org.larval.ike.Surroundings;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;
import org.larval.ike.message.Octets;
import org.larval.ike.sa.IkeEngine;
import org.larval.lab.ike.AcquiredTraffic;
import org.larval.lab.ike.AgreedStates;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.Timeline;
import org.larval.labels.LabelPolicy;
import org.larval.labels.Sids;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.State;
import org.larval.xfrm.XfrmEvent;

/**
 * The IKE daemon of a guest: its messages go through the guest's own sockets over the virtual
 * network, past xfrm's policies, and what it agrees on is installed in the guest's engine.
 */
final class IkeHost extends RoomEffects implements UdpSocket.Listener, Surroundings {
  /** 1 January 2026, where virtual time begins for certificates. */
  private static final long EPOCH = 1_767_225_600_000L;

  private static final long NANOS_PER_MILLI = 1_000_000L;

  private final GuestNode guest;
  private final IkeEngine engine;
  private final AgreedStates states;
  private final Sids sids;
  private final LabelPolicy labels;
  private final Installations installations;
  private final List<String> alone;
  private final Alarm alarm;
  private final Map<Integer, UdpSocket> sockets = new LinkedHashMap<>();
  private final List<String> log = new ArrayList<>();
  private boolean listening;

  /** Who is told what has been installed. */
  interface Installations {
    /** A pair of SAs carries traffic at one end. */
    void installed(long now, ChildParameters child);

    /** Keys that a capture needs; whether they can be written down. */
    boolean keys(ChildParameters child);

    /** Keys that a capture needs; whether they can be written down. */
    boolean keys(IkeEvent.Keys keys);
  }

  IkeHost(
      GuestNode guest,
      List<Connection> connections,
      List<String> alone,
      Settings settings,
      Keyring keyring,
      AgreedStates states,
      RandomGenerator random,
      Timeline timeline,
      Ledger ledger,
      Sids sids,
      LabelPolicy labels,
      Installations installations) {
    super(timeline, ledger, guest.name() + " ike");
    this.guest = guest;
    this.alone = alone;
    this.states = states;
    this.sids = sids;
    this.labels = labels;
    this.installations = installations;
    engine = new IkeEngine(connections, settings, keyring, random, this);
    alarm =
        timeline.alarm(
            now -> {
              engine.onDeadline(now, this);
              return engine.deadline();
            });
  }

  /** Takes its ports and begins what is to be there from the beginning. */
  void listen(long now) {
    for (int port : new int[] {Endpoint.IKE, Endpoint.NAT}) {
      UdpSocket socket =
          guest.stack().udpSocket(this).label(guest.sid()).blocking(false).bypassSecurity(true);
      Errno answer = socket.bind(IpAddress.ANY4, port);
      if (answer != Errno.OK) {
        throw new IllegalStateException(
            guest.name() + " cannot bind port " + port + " for IKE: " + answer);
      }
      sockets.put(port, socket);
    }
    listening = true;
    engine.load(now, this);
    // a family that the pair does not have has no connection
    alone.forEach(name -> engine.initiate(now, name, null, this));
    rearm();
  }

  boolean listening() {
    return listening;
  }

  /** What it said, a line each. */
  List<String> log() {
    return List.copyOf(log);
  }

  /** The guest's engine has no SA for a packet. */
  void onAcquire(long now, XfrmEvent.Acquire acquire) {
    if (!listening) {
      return;
    }
    SecurityLabel label = acquire.label();
    org.larval.xfrm.Selector flow = acquire.selector();
    engine.onAcquire(
        now,
        new IkeAcquire(
            acquire.sequence(),
            acquire.source(),
            acquire.target(),
            acquire.template().reqid(),
            label == null ? null : label.context(),
            AcquiredTraffic.side(flow, true),
            AcquiredTraffic.side(flow, false),
            -1),
        this);
    rearm();
  }

  /** Bytes or packets of an SA are nearly used up, or quite. */
  void onExpire(long now, XfrmEvent.Expire expire) {
    engine.onExpire(now, expire.state().id().spi(), expire.hard(), this);
    rearm();
  }

  private void rearm() {
    timeline.arm(alarm, engine.deadline());
  }

  @Override
  public void onReadable(long now, UdpSocket socket, Effects out) {
    for (Packet packet = socket.receive(); packet != null; packet = socket.receive()) {
      ByteBuf payload = packet.buffer();
      byte[] octets = new byte[payload.readableBytes()];
      payload.getBytes(payload.readerIndex(), octets);
      Endpoint local = new Endpoint(UdpSocket.receiver(packet), socket.localPort());
      Endpoint remote = new Endpoint(UdpSocket.sender(packet), UdpSocket.senderPort(packet));
      out.deliver(packet);
      engine.onDatagram(now, local, remote, Octets.of(octets), this);
    }
    rearm();
  }

  @Override
  public void emit(Event event) {
    long now = timeline.now();
    if (!(event instanceof IkeEvent ike)) {
      return;
    }
    switch (ike) {
      case IkeEvent.Send send -> send(now, send);
      case IkeEvent.Log line ->
          log.add("%.6f %s %s".formatted(now / 1e9, guest.name(), line.line()));
      case IkeEvent.InstallInbound one -> {
        if (!installations.keys(one.child())) {
          unreadable(now, one.child().suite().toString());
        }
        install(now, states.inbound(one.child(), label(one.child())));
      }
      case IkeEvent.InstallOutbound one ->
          install(now, states.outbound(one.child(), label(one.child())));
      case IkeEvent.RemoveInbound one -> remove(now, one.child(), true);
      case IkeEvent.RemoveOutbound one -> remove(now, one.child(), false);
      case IkeEvent.ChildUp up -> installations.installed(now, up.child());
      case IkeEvent.AcquireFailed failed -> {
        guest.xfrm().sad().acquireFailed(now, failed.acquire().sequence(), guest.xfrmEffects());
        guest.rearm();
      }
      case IkeEvent.Move move -> {
        remove(now, move.before(), true);
        remove(now, move.before(), false);
        install(now, states.inbound(move.after(), label(move.after())));
        install(now, states.outbound(move.after(), label(move.after())));
      }
      case IkeEvent.ChildDown down -> {}
      case IkeEvent.IkeUp up -> {}
      case IkeEvent.IkeDown down -> {}
      case IkeEvent.Trap trap -> {}
      case IkeEvent.VirtualIp address -> {}
      case IkeEvent.Keys keys -> {
        if (!installations.keys(keys)) {
          unreadable(now, keys.suite().toString());
        }
      }
    }
  }

  private void unreadable(long now, String suite) {
    log.add(
        "%.6f %s Wireshark's tables have no name for %s".formatted(now / 1e9, guest.name(), suite));
  }

  private void send(long now, IkeEvent.Send send) {
    UdpSocket socket = sockets.get(send.local().port());
    if (socket == null) {
      return;
    }
    ByteBuf payload = Unpooled.wrappedBuffer(send.datagram().toArray());
    // what the stack refuses is lost; the engine sends it again
    Errno unused =
        socket.sendTo(
            now, send.remote().address(), send.remote().port(), payload, 0, 0, guest.effects());
    assert unused != Errno.ASLEEP : "the socket does not block";
    guest.rearm();
  }

  private @Nullable SecurityLabel label(ChildParameters child) {
    String context = child.label();
    return context == null ? null : SecurityLabel.selinux(sids.sid(context), context);
  }

  private void install(long now, State state) {
    Errno answer = guest.install(now, state, false);
    if (answer != Errno.OK) {
      log.add(
          "%.6f %s cannot install %s: %s".formatted(now / 1e9, guest.name(), state.id(), answer));
    }
  }

  private void remove(long now, ChildParameters child, boolean in) {
    // gone already if it reached a hard limit
    Errno unused =
        guest.xfrm().sad().delete(now, AgreedStates.id(child, in), 0, guest.xfrmEffects());
    assert unused != Errno.ASLEEP : "deleting never sleeps";
    guest.rearm();
  }

  @Override
  public @Nullable IpAddress sourceFor(IpAddress peer) {
    return null;
  }

  @Override
  public boolean polmatch(String flow, String policy) {
    return labels.allowed(sids.sid(flow), sids.sid(policy), "association", "polmatch");
  }

  @Override
  public long lastInbound(ChildParameters child) {
    State state = guest.xfrm().sad().find(AgreedStates.id(child, true), 0);
    return state == null || state.lastUsed() < 0
        ? Long.MIN_VALUE
        : state.lastUsed() * 1_000_000_000L;
  }

  @Override
  public long date(long now) {
    return EPOCH + now / NANOS_PER_MILLI;
  }
}
