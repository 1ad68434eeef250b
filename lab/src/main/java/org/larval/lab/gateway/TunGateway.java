package org.larval.lab.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.larval.lab.time.Randomness;
import org.larval.nic.TunDevice;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.ReleasingEffects;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.UdpView;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.Bundle;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.Who;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.CryptoChoice;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.transform.StateMaker;

/**
 * Userspace ESP as strongSwan's kernel-libipsec does it: packets of the host come from a TUN
 * device, leave encrypted through a UDP socket, and the other way round. It exists to compare like
 * with like: the same system calls for each packet, one to read and one to write. Two threads, one
 * for each way, with an engine of its own each.
 */
public final class TunGateway {
  private static final int LARGEST = 65_535;
  private static final int OUTER = Ipv4View.HEADER + UdpView.HEADER;

  private final TunDevice tun;
  private final DatagramChannel socket;
  private final List<String> lines;
  private final IpAddress local;
  private final IpAddress peer;

  private TunGateway(
      TunDevice tun, DatagramChannel socket, List<String> lines, IpAddress local, IpAddress peer) {
    this.tun = tun;
    this.socket = socket;
    this.lines = lines;
    this.local = local;
    this.peer = peer;
  }

  /**
   * Runs a gateway until it is killed.
   *
   * @param arguments name of the TUN device, own address, peer's address (both IPv4), file of
   *     {@code ip xfrm} lines whose states are tunnels inside UDP from port 4500 to 4500
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 4) {
      System.err.println("usage: TunGateway TUN OWN-ADDRESS PEER-ADDRESS FILE");
      System.exit(2);
    }
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(arguments[3]))) {
      if (!line.isBlank()) {
        lines.add(line);
      }
    }
    IpAddress local = IpAddress.parse(arguments[1]);
    IpAddress peer = IpAddress.parse(arguments[2]);
    try (TunDevice tun = TunDevice.open(arguments[0]);
        DatagramChannel socket = DatagramChannel.open()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(arguments[1]), 4500));
      socket.connect(new InetSocketAddress(InetAddress.getByName(arguments[2]), 4500));
      TunGateway gateway = new TunGateway(tun, socket, lines, local, peer);
      System.out.println("ready");
      Thread.ofPlatform().daemon().name("in").start(gateway::inbound);
      gateway.outbound();
    }
  }

  private XfrmEngine engine(Effects out) {
    XfrmEngine engine =
        new XfrmEngine(
            "gateway", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    CryptoBackend backend = CryptoChoice.AUTO.open();
    StateMaker maker = new StateMaker(backend, new Randomness(0, false).secure("esp"));
    IpXfrm grammar = new IpXfrm(context -> 0);
    for (String line : lines) {
      Errno answer =
          switch (grammar.parse(line)) {
            case IpXfrmCommand.StateAdd add -> engine.sad().install(0, add.state(maker), out);
            case IpXfrmCommand.PolicyAdd add -> engine.spd().add(0, add.policy(), out);
            default -> Errno.EINVAL;
          };
      if (answer != Errno.OK) {
        throw new IllegalArgumentException(answer + " to: " + line);
      }
    }
    return engine;
  }

  /** From the host into the tunnel. */
  private void outbound() {
    PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, false);
    ByteBuffer frame = ByteBuffer.allocateDirect(LARGEST);
    long address = java.lang.foreign.MemorySegment.ofBuffer(frame).address();
    Out out = new Out(true);
    XfrmEngine engine = engine(out);
    FlowKey flow = new FlowKey();
    int length = tun.read(address, LARGEST);
    while (length > 0) {
      Packet packet = pool.make(0, length);
      packet.buffer().writeBytes(frame.limit(length).position(0));
      if (flow.decode(packet)
          && engine.lookup(0, flow, Who.FORWARD, out) instanceof Bundle bundle) {
        engine.output(0, packet, bundle, LARGEST, out);
      } else {
        out.drop(packet, DropReason.XFRM_OUT_NO_STATES);
      }
      length = tun.read(address, LARGEST);
    }
  }

  /** From the tunnel to the host. */
  private void inbound() {
    PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, false);
    ByteBuffer datagram = ByteBuffer.allocateDirect(LARGEST);
    Out out = new Out(false);
    XfrmEngine engine = engine(out);
    try {
      while (true) {
        datagram.clear();
        int length = socket.read(datagram);
        Packet packet = pool.make(0, OUTER + length);
        ByteBuf data = packet.buffer();
        int at = data.readerIndex();
        Ipv4View.emit(
            data, at, Ipv4View.HEADER, OUTER + length, 0, 0, 0, 64, IpProtocol.UDP, peer, local);
        data.writerIndex(at + OUTER);
        data.setShort(at + Ipv4View.HEADER + 4, UdpView.HEADER + length);
        data.writeBytes(datagram.flip());
        engine.inputEncapsulated(0, packet, out);
      }
    } catch (ClosedChannelException e) {
      // the end
    } catch (IOException e) {
      System.err.println("the UDP socket failed: " + e.getMessage());
    }
  }

  /** The way out of an engine: the socket for what was encrypted, the host for what was opened. */
  private final class Out implements ReleasingEffects {
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(LARGEST);
    private final long address = java.lang.foreign.MemorySegment.ofBuffer(buffer).address();
    private final boolean encrypted;

    Out(boolean encrypted) {
      this.encrypted = encrypted;
    }

    @Override
    public void forward(Packet packet) {
      ByteBuf data = packet.buffer();
      int skipped = encrypted ? OUTER : 0;
      int length = data.readableBytes() - skipped;
      data.getBytes(data.readerIndex() + skipped, buffer.clear().limit(length));
      packet.release();
      if (!encrypted) {
        tun.write(address, length);
        return;
      }
      try {
        socket.write(buffer.flip());
      } catch (IOException e) {
        // as a lossy link: the peer is not there yet
      }
    }
  }
}
