package org.larval.lab.ike;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeAcquire;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Event;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.ReleasingEffects;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.wire.UdpView;
import org.larval.xfrm.Bundle;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Hold;
import org.larval.xfrm.Who;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.XfrmEvent;

/**
 * The packets of the daemon: between the TUN device, where the host's own are in clear, and the UDP
 * and raw sockets, where they are protected. Nothing of the TUN device ever leaves in clear.
 */
final class DataPath {
  private static final int LARGEST = 65_535;
  private static final int V4 = Ipv4View.HEADER + UdpView.HEADER;
  private static final int V6 = Ipv6View.HEADER + UdpView.HEADER;
  private static final int HOPS = 64;
  private static final int AH_SPI = 4;

  /** Where packets leave, and what else is to be done because of them. */
  interface Exits {
    /** Gives a packet in clear to the host; its end here. */
    void host(Packet packet);

    /** Sends a protected packet as it is; its end here. */
    void wire(Packet packet);

    /** Sends ESP inside UDP; takes the reference. */
    void udp(Endpoint local, Endpoint remote, ByteBuf esp);

    void acquire(IkeAcquire acquire);

    void expired(int spi, boolean hard);

    /** Whether an inbound SA of this SPI is being negotiated. */
    boolean awaits(int spi);
  }

  private enum Stage {
    /** Packets that have waited for an SA. */
    RELEASED,
    ENCRYPTED,
    OPENED
  }

  private final XfrmEngine engine;
  private final PacketPool pool;
  private final Exits exits;
  private final Out released = new Out(Stage.RELEASED);
  private final Out encrypted = new Out(Stage.ENCRYPTED);
  private final Out opened = new Out(Stage.OPENED);
  private final EarlyPackets early = new EarlyPackets();
  private final FlowKey flow = new FlowKey();
  private long moment;
  private @Nullable Endpoint lastLocal;
  private @Nullable Endpoint lastRemote;

  DataPath(XfrmEngine engine, PacketPool pool, Exits exits) {
    this.engine = engine;
    this.pool = pool;
    this.exits = exits;
  }

  /** The way out of the engine for changes of its tables, which may let packets go that waited. */
  Effects released(long now) {
    moment = now;
    return released;
  }

  /** A packet that the host has sent into the TUN device. */
  void fromHost(long now, Packet packet) {
    moment = now;
    if (!flow.decode(packet)) {
      packet.release();
      return;
    }
    switch (engine.lookup(now, flow, Who.FORWARD, released)) {
      case Bundle bundle -> engine.output(now, packet, bundle, LARGEST, encrypted);
      case Hold hold -> {
        Errno errno = engine.hold(now, hold, packet, released);
        assert errno == Errno.OK || errno == Errno.EAGAIN : errno;
      }
      default -> packet.release();
    }
  }

  /** ESP that came in UDP; its bytes stay the caller's. */
  void fromPeer(long now, Endpoint local, Endpoint remote, ByteBuf esp) {
    moment = now;
    int length = esp.readableBytes();
    boolean v6 = local.address().v6();
    int outer = v6 ? V6 : V4;
    Packet packet = pool.make(now, outer + length);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    udpHeaders(data, at, remote, local, length);
    data.writerIndex(at + outer);
    data.writeBytes(esp, esp.readerIndex(), length);
    int spi = esp.getInt(esp.readerIndex());
    if (exits.awaits(spi)) {
      early.hold(now, spi, packet);
    } else {
      engine.inputEncapsulated(now, packet, opened);
    }
  }

  /**
   * Writes IP and UDP headers, without a UDP checksum, behind the writer index.
   *
   * @param at absolute index
   * @param payload bytes behind the UDP header
   * @return bytes of both headers
   */
  static int udpHeaders(ByteBuf data, int at, Endpoint from, Endpoint to, int payload) {
    boolean v6 = to.address().v6();
    int length = UdpView.HEADER + payload;
    int header = v6 ? Ipv6View.HEADER : Ipv4View.HEADER;
    if (v6) {
      Ipv6View.emit(data, at, 0, 0, length, IpProtocol.UDP, HOPS, from.address(), to.address());
    } else {
      Ipv4View.emit(
          data,
          at,
          header,
          header + length,
          0,
          0,
          0,
          HOPS,
          IpProtocol.UDP,
          from.address(),
          to.address());
    }
    int udp = at + header;
    data.setShort(udp, from.port());
    data.setShort(udp + 2, to.port());
    data.setShort(udp + 4, length);
    data.setShort(udp + 6, 0);
    return header + UdpView.HEADER;
  }

  /** ESP or AH that came without UDP, with its IP header. */
  void fromWire(long now, Packet packet) {
    moment = now;
    int spi = spi(packet.buffer());
    if (spi != 0 && exits.awaits(spi)) {
      early.hold(now, spi, packet);
    } else {
      engine.input(now, packet, opened);
    }
  }

  /** The SPI of ESP or AH behind an IP header, or 0 if the packet ends before it. */
  private static int spi(ByteBuf data) {
    int at = data.readerIndex();
    int first = data.getUnsignedByte(at);
    boolean v6 = first >>> 4 == 6;
    int header = v6 ? Ipv6View.HEADER : 4 * (first & 0xf);
    if (data.readableBytes() < header + AH_SPI + Integer.BYTES) {
      return 0;
    }
    boolean ah = data.getUnsignedByte(at + (v6 ? 6 : 9)) == IpProtocol.AH;
    return data.getInt(at + header + (ah ? AH_SPI : 0));
  }

  /** The inbound SA of a child is there: takes the packets that have overtaken it. */
  void installed(long now, ChildParameters child) {
    moment = now;
    early.installed(
        child.inboundSpi(),
        child.encapsulated()
            ? packet -> engine.inputEncapsulated(now, packet, opened)
            : packet -> engine.input(now, packet, opened));
  }

  /** When a packet has waited too long for its SA. */
  long deadline() {
    return early.deadline();
  }

  void onDeadline(long now) {
    early.onDeadline(now);
  }

  void close() {
    early.close();
  }

  private void toPeer(Packet packet) {
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    int first = data.getUnsignedByte(at);
    boolean v6 = first >>> 4 == 6;
    if (data.getUnsignedByte(at + (v6 ? 6 : 9)) != IpProtocol.UDP) {
      exits.wire(packet);
      return;
    }
    // in transport mode the header is the host's own, options and all
    int udp = at + (v6 ? Ipv6View.HEADER : 4 * (first & 0xf));
    IpAddress from = IpAddress.read(data, at + (v6 ? 8 : 12), v6);
    IpAddress to = IpAddress.read(data, at + (v6 ? 24 : 16), v6);
    Endpoint local = known(lastLocal, from, data.getUnsignedShort(udp));
    Endpoint remote = known(lastRemote, to, data.getUnsignedShort(udp + 2));
    lastLocal = local;
    lastRemote = remote;
    int esp = udp + UdpView.HEADER;
    ByteBuf payload = data.retainedSlice(esp, data.writerIndex() - esp);
    packet.release();
    exits.udp(local, remote, payload);
  }

  private static Endpoint known(@Nullable Endpoint last, IpAddress address, int port) {
    return last != null && last.port() == port && last.address().equals(address)
        ? last
        : new Endpoint(address, port);
  }

  private void toHost(Packet packet) {
    if (engine.admits(moment, packet, Direction.IN, opened)) {
      exits.host(packet);
    }
  }

  /** The ways out of the engine: what it encrypted, what it opened, and what has waited. */
  private final class Out implements ReleasingEffects {
    private final Stage stage;

    Out(Stage stage) {
      this.stage = stage;
    }

    @Override
    public void forward(Packet packet) {
      switch (stage) {
        case ENCRYPTED -> toPeer(packet);
        case OPENED -> toHost(packet);
        case RELEASED -> {
          if (packet.companion instanceof Bundle bundle) {
            packet.companion = null;
            engine.output(moment, packet, bundle, LARGEST, encrypted);
          } else {
            packet.release();
          }
        }
      }
    }

    @Override
    public void emit(Event event) {
      switch (event) {
        case XfrmEvent.Acquire acquire ->
            exits.acquire(
                new IkeAcquire(
                    acquire.sequence(),
                    acquire.source(),
                    acquire.target(),
                    0,
                    null,
                    AcquiredTraffic.side(acquire.selector(), true),
                    AcquiredTraffic.side(acquire.selector(), false),
                    -1));
        case XfrmEvent.Expire expire -> exits.expired(expire.state().id().spi(), expire.hard());
        default -> {}
      }
    }
  }
}
