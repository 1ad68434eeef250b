package org.larval.guest;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Origin;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.Checksum;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.wire.UdpView;

/**
 * A UDP socket. Its calls answer like system calls; {@link Errno#ASLEEP} means that the task now
 * sleeps: it must make no other call before {@link Listener#onWake}, and then repeats this one.
 *
 * <p>A connected socket looks its route up in {@link #connect} and keeps it while {@link
 * Dst#valid()} (sk_dst_check): a Dst that holds packets is kept like any other.
 */
public final class UdpSocket implements Sleeper {
  /** The application behind a socket. */
  public interface Listener {
    /** A datagram waits; see {@link UdpSocket#receive}. */
    void onReadable(long now, UdpSocket socket, Effects out);

    /** The sleeping task runs again and repeats its call. */
    default void onWake(long now, UdpSocket socket, Effects out) {}
  }

  private static final int NOT_BOUND = -1;
  private static final int LARGEST = 65_535;

  private final GuestStack stack;
  private final Listener listener;
  private final ArrayDeque<Packet> queue = new ArrayDeque<>(2);
  private final FlowKey flow = new FlowKey();
  private final FlowKey connected = new FlowKey();
  private IpAddress localAddress = IpAddress.ANY4;
  private int localPort = NOT_BOUND;
  private boolean isConnected;
  private @Nullable Dst dst;
  private Errno pending = Errno.OK;
  private int queuedBytes;
  private int label;
  private int trafficClass;
  private boolean blocking = true;
  private boolean dontFragment;
  private boolean allErrors;
  private boolean bypass;
  private boolean created;

  /** The next socket of the table's bucket. */
  @Nullable UdpSocket next;

  UdpSocket(GuestStack stack, Listener listener) {
    this.stack = stack;
    this.listener = listener;
  }

  /** The SID of the socket, which its packets carry; 0 for none. */
  public UdpSocket label(int sid) {
    label = sid;
    connected.label = sid;
    created = false;
    return this;
  }

  int label() {
    return label;
  }

  /** Whether the task may be put to sleep; it may by default. */
  public UdpSocket blocking(boolean may) {
    blocking = may;
    return this;
  }

  /** IP_PMTUDISC_DO: what does not fit the path is refused with EMSGSIZE, never fragmented. */
  public UdpSocket dontFragment(boolean never) {
    dontFragment = never;
    return this;
  }

  /** IP_RECVERR: every ICMP error becomes an error of the next call, not only the hard ones. */
  public UdpSocket allErrors(boolean all) {
    allErrors = all;
    return this;
  }

  /** A socket policy that passes both ways: key managers talk about SAs without one. */
  public UdpSocket bypassSecurity(boolean pass) {
    bypass = pass;
    return this;
  }

  /** DSCP and ECN of packets to come (IP_TOS). */
  public UdpSocket trafficClass(int value) {
    trafficClass = value;
    return this;
  }

  boolean bypassesSecurity() {
    return bypass;
  }

  /** Where it is bound to; the wildcard before that. */
  public IpAddress localAddress() {
    return localAddress;
  }

  /** 1 to 65535, or -1 before it is bound. */
  public int localPort() {
    return localPort;
  }

  boolean wildcard() {
    return localAddress.isAny();
  }

  /**
   * Takes an address and a port.
   *
   * @param address one of the guest's own, or a wildcard for both families
   * @param port 0 for any free one
   * @return OK, EINVAL if it is bound already, EADDRNOTAVAIL, EADDRINUSE, EAGAIN without free
   *     ports, EACCES if the security module refuses
   */
  public Errno bind(IpAddress address, int port) {
    Errno refused = open();
    if (refused == Errno.OK) {
      refused = stack.securityModule().bind(label, SocketKind.UDP, address, port);
    }
    return refused == Errno.OK ? take(address, port) : refused;
  }

  /**
   * What the security module says to socket(2), asked once: by the first call, if not before.
   *
   * @return OK, EACCES, or why no label can be attached
   */
  public Errno open() {
    if (created) {
      return Errno.OK;
    }
    Errno answer = may(SocketCall.CREATE);
    created = answer == Errno.OK;
    return answer;
  }

  private Errno may(SocketCall call) {
    return stack.securityModule().call(label, label, SocketKind.UDP, call);
  }

  private Errno take(IpAddress address, int port) {
    if (localPort != NOT_BOUND || port < 0 || port > LARGEST) {
      return Errno.EINVAL;
    }
    if (!address.isAny() && !stack.routes.isOwn(address)) {
      return Errno.EADDRNOTAVAIL;
    }
    int chosen = port == 0 ? stack.udp.ephemeral() : port;
    if (chosen < 0) {
      return Errno.EAGAIN;
    }
    if (!stack.udp.free(address, address.isAny(), chosen)) {
      return Errno.EADDRINUSE;
    }
    localAddress = address;
    localPort = chosen;
    stack.udp.add(this);
    return Errno.OK;
  }

  /**
   * Fixes the peer and looks the route up at once, security path included.
   *
   * @return OK, or an error of the look-up; the socket is unconnected then
   */
  public Errno connect(long now, IpAddress target, int port, Effects out) {
    Errno bound = open();
    if (bound == Errno.OK) {
      bound = stack.securityModule().connect(label, SocketKind.UDP, target, port);
    }
    if (bound == Errno.OK) {
      bound = autobind();
    }
    if (bound != Errno.OK) {
      return bound;
    }
    isConnected = false;
    dst = null;
    IpAddress source = source(target);
    if (source == null) {
      return Errno.ENETUNREACH;
    }
    fill(connected, source, target, port);
    Dst found = route(now, connected, out);
    if (found.error() != Errno.OK) {
      return refuse(found.error());
    }
    dst = found;
    isConnected = true;
    return Errno.OK;
  }

  private Errno autobind() {
    return localPort == NOT_BOUND ? take(IpAddress.ANY4, 0) : Errno.OK;
  }

  private @Nullable IpAddress source(IpAddress target) {
    if (localAddress.isAny()) {
      return stack.sourceFor(target);
    }
    return localAddress.v6() == target.v6() ? localAddress : null;
  }

  private void fill(FlowKey key, IpAddress source, IpAddress target, int port) {
    key.addresses(source, target).ports(IpProtocol.UDP, localPort, port);
    key.label = label;
    key.trafficClass = trafficClass;
  }

  private Dst route(long now, FlowKey key, Effects out) {
    if (bypass) {
      return stack.plainRoute(key);
    }
    return stack.route(now, key, blocking ? Caller.SOCKET : Caller.SOCKET_NONBLOCKING, out);
  }

  private Errno refuse(Errno error) {
    if (error == Errno.ASLEEP) {
      stack.sleep(this);
    }
    return error;
  }

  /**
   * Sends to the connected peer.
   *
   * @param payload from reader to writer index; copied, indexes unchanged
   * @param flowNumber the ledger's flow
   * @param sequence the number of the message in its flow
   * @return OK, EDESTADDRREQ, EMSGSIZE, a pending ICMP error, or the error of the look-up or output
   */
  public Errno send(long now, ByteBuf payload, int flowNumber, int sequence, Effects out) {
    if (!isConnected) {
      return Errno.EDESTADDRREQ;
    }
    Errno error = writeError();
    if (error != Errno.OK) {
      return error;
    }
    Dst way = dst;
    if (way == null || !way.valid()) {
      way = route(now, connected, out);
      dst = way.error() == Errno.OK ? way : null;
      if (way.error() != Errno.OK) {
        return refuse(way.error());
      }
    }
    return transmit(now, payload, connected, way, flowNumber, sequence, out);
  }

  /** Sends to any peer; see {@link #send}. The route is looked up for each call. */
  public Errno sendTo(
      long now,
      IpAddress target,
      int port,
      ByteBuf payload,
      int flowNumber,
      int sequence,
      Effects out) {
    Errno error = writeError();
    if (error == Errno.OK) {
      error = autobind();
    }
    if (error != Errno.OK) {
      return error;
    }
    IpAddress source = source(target);
    if (source == null) {
      return Errno.ENETUNREACH;
    }
    fill(flow, source, target, port);
    Dst way = route(now, flow, out);
    if (way.error() != Errno.OK) {
      return refuse(way.error());
    }
    return transmit(now, payload, flow, way, flowNumber, sequence, out);
  }

  private Errno transmit(
      long now, ByteBuf payload, FlowKey key, Dst way, int flowNumber, int sequence, Effects out) {
    int length = UdpView.HEADER + payload.readableBytes();
    int whole =
        length
            + (key.v6 ? Ipv6View.HEADER : Ipv4View.HEADER)
            + stack.securityModule().labelBytes(key);
    if ((key.v6 ? length : whole) > LARGEST || (dontFragment && whole > way.mtu())) {
      return Errno.EMSGSIZE;
    }
    Packet packet = stack.pool().make(now, length + IpHeader.LONGEST);
    packet.origin = isConnected ? Origin.CONNECTED : Origin.SOCKET;
    packet.flow = flowNumber;
    packet.sequence = sequence;
    packet.step(now, stack.name(), StepAction.SENT_BY_APPLICATION, null, flowNumber);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writeZero(UdpView.HEADER);
    data.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    long pseudo = Checksum.pseudoHeader(key.source(), key.target(), IpProtocol.UDP, length);
    UdpView.emit(data, at, key.sourcePort, key.targetPort, length, pseudo);
    // IP_PMTUDISC_WANT: DF on what fits, fragments for the rest
    boolean atomic = dontFragment || (!key.v6 && whole <= way.mtu());
    return stack.output(now, packet, key, way, trafficClass, 0, atomic, out);
  }

  private Errno writeError() {
    Errno error = open();
    if (error == Errno.OK) {
      error = may(SocketCall.WRITE);
    }
    return error == Errno.OK ? takeError() : error;
  }

  /** The error that an ICMP message left for the next call (SO_ERROR), which clears it. */
  public Errno takeError() {
    Errno error = pending;
    pending = Errno.OK;
    return error;
  }

  /** Best fit of a datagram, or -1: connected 4, address 1, family alone 0. */
  int score(
      boolean v6, long localHigh, long localLow, long remoteHigh, long remoteLow, int remotePort) {
    int score = 0;
    if (!localAddress.isAny()) {
      if (localAddress.v6() != v6
          || localAddress.low() != localLow
          || localAddress.high() != localHigh) {
        return -1;
      }
      score = 1;
    }
    if (isConnected) {
      boolean peer =
          connected.v6 == v6
              && connected.targetPort == remotePort
              && connected.targetLow == remoteLow
              && connected.targetHigh == remoteHigh;
      return peer ? score + 4 : -1;
    }
    return score;
  }

  void enqueue(long now, Packet packet, Effects out) {
    int size = Truesize.of(packet);
    if (!queue.isEmpty() && queuedBytes + size > stack.limits.socketBufferBytes()) {
      out.drop(packet, DropReason.SOCKET_BUFFER_FULL);
      return;
    }
    queue.addLast(packet);
    queuedBytes += size;
    listener.onReadable(now, this, out);
  }

  /**
   * The next datagram, reader index at its payload, or null. The caller owns it and ends it with
   * {@link Effects#deliver}. Null also if the security module refuses the call: it stays in the
   * queue then, and {@link #takeError} says EACCES.
   */
  public @Nullable Packet receive() {
    if (!queue.isEmpty() && may(SocketCall.READ) != Errno.OK) {
      pending = Errno.EACCES;
      return null;
    }
    Packet packet = queue.pollFirst();
    if (packet != null) {
      queuedBytes -= Truesize.of(packet);
    }
    return packet;
  }

  /** The SID of who sent a datagram (SCM_SECURITY; as in Linux, IPv4 only), 0 for none. */
  public int peerLabel(Packet datagram) {
    boolean v6 = datagram.buffer().getUnsignedByte(datagram.network()) >>> 4 == 6;
    return v6 ? 0 : stack.securityModule().peer(datagram);
  }

  /** Who sent a received datagram. */
  public static IpAddress sender(Packet datagram) {
    ByteBuf data = datagram.buffer();
    int at = datagram.network();
    boolean v6 = data.getUnsignedByte(at) >>> 4 == 6;
    return IpAddress.read(data, at + (v6 ? 8 : 12), v6);
  }

  /** The port that a received datagram came from. */
  public static int senderPort(Packet datagram) {
    return datagram.buffer().getUnsignedShort(datagram.transport());
  }

  /** Where a received datagram was sent to: the source of an answer. */
  public static IpAddress receiver(Packet datagram) {
    ByteBuf data = datagram.buffer();
    int at = datagram.network();
    boolean v6 = data.getUnsignedByte(at) >>> 4 == 6;
    return IpAddress.read(data, at + (v6 ? 24 : 16), v6);
  }

  void onError(IcmpError error) {
    if (allErrors || (isConnected && error.hard())) {
      pending = error.errno();
    }
  }

  @Override
  public void wake(long now, Effects out) {
    listener.onWake(now, this, out);
  }

  void dropQueue(DropReason reason, Effects out) {
    while (!queue.isEmpty()) {
      out.drop(queue.removeFirst(), reason);
    }
    queuedBytes = 0;
  }

  /** Gives the port back; unread datagrams are dropped. The socket may be bound again. */
  public void close(Effects out) {
    stack.stopSleeping(this);
    if (localPort != NOT_BOUND) {
      stack.udp.remove(this);
      localPort = NOT_BOUND;
    }
    localAddress = IpAddress.ANY4;
    isConnected = false;
    dst = null;
    dropQueue(DropReason.NO_SOCKET, out);
  }
}
