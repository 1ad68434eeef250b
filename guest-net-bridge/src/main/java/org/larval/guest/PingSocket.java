package org.larval.guest;

import io.netty.buffer.ByteBuf;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Origin;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.Checksum;
import org.larval.wire.IcmpView;
import org.larval.wire.Icmpv6View;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;

/** A raw ICMP socket as ping uses it: echoes with an identifier of its own, all errors reported. */
public final class PingSocket implements Sleeper {
  /** The ping behind a socket. */
  public interface Listener {
    /**
     * An echo reply came.
     *
     * @param sequence the 16 bits of its header, as given to {@link PingSocket#sendEcho}
     */
    void onReply(long now, PingSocket socket, int sequence, Effects out);

    /** An ICMP error about one of the echoes came (IP_RECVERR). */
    default void onError(long now, PingSocket socket, int sequence, IcmpError error, Effects out) {}

    /** The sleeping task runs again and repeats its call. */
    default void onWake(long now, PingSocket socket, Effects out) {}
  }

  private static final int LARGEST_ECHO = 65_535 - Ipv4View.HEADER - IcmpView.HEADER;

  private final GuestStack stack;
  private final Listener listener;
  private final int identifier;
  private final FlowKey flow = new FlowKey();
  private boolean blocking = true;

  PingSocket(GuestStack stack, Listener listener) {
    this.stack = stack;
    this.listener = listener;
    identifier = stack.pings.add(this);
  }

  int identifier() {
    return identifier;
  }

  /** The SID of the socket, which its packets carry; 0 for none. */
  public PingSocket label(int sid) {
    flow.label = sid;
    return this;
  }

  int label() {
    return flow.label;
  }

  /** Whether the task may be put to sleep; it may by default. */
  public PingSocket blocking(boolean may) {
    blocking = may;
    return this;
  }

  /**
   * Sends an echo request.
   *
   * @param echoSequence goes into the header, 16 bits of it
   * @param payloadLength bytes of data after the ICMP header; 56 is ping's default
   * @param sequence the number of the message in its flow
   * @return OK, EMSGSIZE, ENETUNREACH, or the error of the look-up or output
   */
  public Errno sendEcho(
      long now,
      IpAddress target,
      int echoSequence,
      int payloadLength,
      int flowNumber,
      int sequence,
      Effects out) {
    if (payloadLength < 0 || payloadLength > LARGEST_ECHO) {
      return Errno.EMSGSIZE;
    }
    IpAddress source = stack.sourceFor(target);
    if (source == null) {
      return Errno.ENETUNREACH;
    }
    Errno refused = refusal();
    if (refused != Errno.OK) {
      return refused;
    }
    boolean v6 = target.v6();
    int protocol = v6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP;
    int type = v6 ? Icmpv6View.ECHO : IcmpView.ECHO;
    flow.addresses(source, target).ports(protocol, type, 0);
    Dst dst = stack.route(now, flow, blocking ? Caller.SOCKET : Caller.SOCKET_NONBLOCKING, out);
    if (dst.error() != Errno.OK) {
      if (dst.error() == Errno.ASLEEP) {
        stack.sleep(this);
      }
      return dst.error();
    }
    int length = IcmpView.HEADER + payloadLength;
    Packet packet = stack.pool().make(now, length + IpHeader.LONGEST);
    packet.origin = Origin.SOCKET;
    packet.flow = flowNumber;
    packet.sequence = sequence;
    packet.step(now, stack.name(), StepAction.SENT_BY_APPLICATION, null, flowNumber);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    data.writeZero(IcmpView.HEADER);
    for (int i = 0; i < payloadLength; i++) {
      data.writeByte(i);
    }
    int rest = identifier << 16 | echoSequence & 0xffff;
    if (v6) {
      long pseudo = Checksum.pseudoHeader(source, target, protocol, length);
      Icmpv6View.emit(data, at, type, 0, rest, length, pseudo);
    } else {
      IcmpView.emit(data, at, type, 0, rest, length);
    }
    boolean atomic = !v6 && length + Ipv4View.HEADER <= dst.mtu();
    return stack.output(now, packet, flow, dst, 0, 0, atomic, out);
  }

  /** What the security module says to socket(2) and sendto(2). */
  private Errno refusal() {
    SecurityModule module = stack.securityModule();
    Errno refused = module.call(flow.label, flow.label, SocketKind.RAW, SocketCall.CREATE);
    return refused != Errno.OK
        ? refused
        : module.call(flow.label, flow.label, SocketKind.RAW, SocketCall.WRITE);
  }

  void reply(long now, Packet packet, Effects out) {
    int sequence = packet.buffer().getUnsignedShort(packet.transport() + 6);
    listener.onReply(now, this, sequence, out);
    out.deliver(packet);
  }

  void onError(long now, int sequence, IcmpError error, Effects out) {
    listener.onError(now, this, sequence, error, out);
  }

  @Override
  public void wake(long now, Effects out) {
    listener.onWake(now, this, out);
  }

  /** Gives the identifier back. */
  public void close() {
    stack.stopSleeping(this);
    stack.pings.remove(this);
  }
}
