package org.larval.guest;

import io.netty.buffer.ByteBuf;
import java.util.BitSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.Checksum;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.UdpView;

/** The bound UDP sockets of a guest and the way in to them (udp_rcv). */
final class UdpTable {
  /** net.ipv4.ip_local_port_range. */
  static final int FIRST_EPHEMERAL = 32_768;

  static final int LAST_EPHEMERAL = 60_999;

  private static final int BUCKETS = 64;

  private final GuestStack stack;
  private final @Nullable UdpSocket[] buckets = new @Nullable UdpSocket[BUCKETS];
  private final UdpView udp = new UdpView();
  private final BitSet encapsulationPorts = new BitSet();
  private int nextEphemeral;

  UdpTable(GuestStack stack, RandomGenerator random) {
    this.stack = stack;
    nextEphemeral = random.nextInt(FIRST_EPHEMERAL, LAST_EPHEMERAL + 1);
  }

  void encapsulationPort(int port) {
    encapsulationPorts.set(port);
  }

  /** Whether nobody else is bound to the port with an address that would collide. */
  boolean free(IpAddress address, boolean wildcard, int port) {
    for (UdpSocket s = buckets[port & BUCKETS - 1]; s != null; s = s.next) {
      if (s.localPort() == port && (wildcard || s.wildcard() || s.localAddress().equals(address))) {
        return false;
      }
    }
    return true;
  }

  /** An unused port, or -1 if all are taken. */
  int ephemeral() {
    for (int tried = 0; tried <= LAST_EPHEMERAL - FIRST_EPHEMERAL; tried++) {
      int port = nextEphemeral;
      nextEphemeral = port == LAST_EPHEMERAL ? FIRST_EPHEMERAL : port + 1;
      if (free(IpAddress.ANY4, true, port)) {
        return port;
      }
    }
    return -1;
  }

  void add(UdpSocket socket) {
    int bucket = socket.localPort() & BUCKETS - 1;
    socket.next = buckets[bucket];
    buckets[bucket] = socket;
  }

  void remove(UdpSocket socket) {
    int bucket = socket.localPort() & BUCKETS - 1;
    UdpSocket before = null;
    for (UdpSocket s = buckets[bucket]; s != null; s = s.next) {
      if (s == socket) {
        if (before == null) {
          buckets[bucket] = s.next;
        } else {
          before.next = s.next;
        }
        s.next = null;
        return;
      }
      before = s;
    }
  }

  /** Takes a whole UDP packet; {@code ip} was parsed from it. */
  void receive(long now, Packet packet, IpHeader ip, Effects out) {
    ByteBuf data = packet.buffer();
    if (udp.wrap(data, ip.payload, ip.payloadLength) != null) {
      out.drop(packet, DropReason.MALFORMED);
      return;
    }
    boolean local = stack.routes.isOwn(ip.v6, ip.targetHigh, ip.targetLow);
    if (local && encapsulationPorts.get(udp.targetPort()) && encapsulated(now, packet, out)) {
      return;
    }
    long pseudo = Checksum.pseudoHeader(data, ip.start, ip.v6, IpProtocol.UDP, udp.totalLength());
    if (!udp.checksumRight(pseudo, ip.v6)) {
      out.drop(packet, DropReason.BAD_CHECKSUM);
      return;
    }
    UdpSocket socket =
        find(
            ip.v6,
            ip.targetHigh,
            ip.targetLow,
            udp.targetPort(),
            ip.sourceHigh,
            ip.sourceLow,
            udp.sourcePort());
    boolean exempt = socket != null && socket.bypassesSecurity();
    if (!exempt && !stack.localDelivery.admitted(now, packet, out)) {
      return;
    }
    if (socket == null) {
      stack.icmpErrors.send(now, IcmpError.PORT_UNREACHABLE, 0, packet, out);
      out.drop(packet, DropReason.NO_SOCKET);
      return;
    }
    if (!stack.securityModule().receive(now, packet, socket.label(), SocketKind.UDP, out)) {
      return;
    }
    data.setIndex(udp.payload(), udp.payload() + udp.payloadLength());
    socket.enqueue(now, packet, out);
  }

  /** ESP in UDP and its keepalives (RFC 3948); false for IKE, which goes to its socket. */
  private boolean encapsulated(long now, Packet packet, Effects out) {
    ByteBuf data = packet.buffer();
    int at = udp.payload();
    int length = udp.payloadLength();
    if (length == 1 && data.getUnsignedByte(at) == 0xff) {
      out.deliver(packet);
      return true;
    }
    if (length <= 8 || data.getInt(at) == 0) {
      return false;
    }
    stack.security().input(now, packet, IpProtocol.UDP, out);
    return true;
  }

  /** The socket that fits best: a connected one before a bound one before a wildcard. */
  private @Nullable UdpSocket find(
      boolean v6,
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    UdpSocket best = null;
    int bestScore = -1;
    for (UdpSocket s = buckets[localPort & BUCKETS - 1]; s != null; s = s.next) {
      if (s.localPort() == localPort) {
        int score = s.score(v6, localHigh, localLow, remoteHigh, remoteLow, remotePort);
        if (score > bestScore) {
          best = s;
          bestScore = score;
        }
      }
    }
    return best;
  }

  /** An ICMP error about a datagram that one of the sockets sent. */
  void onError(FlowKey sent, IcmpError error) {
    UdpSocket socket =
        find(
            sent.v6,
            sent.sourceHigh,
            sent.sourceLow,
            sent.sourcePort,
            sent.targetHigh,
            sent.targetLow,
            sent.targetPort);
    if (socket != null) {
      socket.onError(error);
    }
  }

  void close(Effects out) {
    for (UdpSocket bucket : buckets) {
      for (UdpSocket s = bucket; s != null; s = s.next) {
        s.dropQueue(DropReason.LAB_ENDED, out);
      }
    }
  }
}
