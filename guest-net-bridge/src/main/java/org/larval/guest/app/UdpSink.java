package org.larval.guest.app;

import io.netty.buffer.ByteBuf;
import org.larval.guest.GuestStack;
import org.larval.guest.UdpSocket;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;

/** Reads datagrams as they come and writes each into the flow log; may send them back (RFC 862). */
public final class UdpSink implements App, UdpSocket.Listener {
  private final GuestStack stack;
  private final int port;
  private final int foreignFlow;
  private final boolean echo;
  private final UdpSocket socket;
  private long datagrams;
  private long bytes;

  /**
   * A receiver.
   *
   * @param port where it listens
   * @param foreignFlow the flow of datagrams that came from outside the lab, 0 to ignore those
   * @param echo whether datagrams go back to their sender
   * @param label SID of the socket, 0 for none
   */
  public UdpSink(GuestStack stack, int port, int foreignFlow, boolean echo, int label) {
    this.stack = stack;
    this.port = port;
    this.foreignFlow = foreignFlow;
    this.echo = echo;
    socket = stack.udpSocket(this).label(label).blocking(false);
  }

  @Override
  public Errno start(long now, Effects out) {
    return socket.bind(IpAddress.ANY4, port);
  }

  @Override
  public void onReadable(long now, UdpSocket readable, Effects out) {
    for (Packet packet = socket.receive(); packet != null; packet = socket.receive()) {
      datagrams++;
      bytes += packet.length();
      int flow = packet.flow != 0 ? packet.flow : foreignFlow;
      int sequence = sequence(packet);
      if (flow != 0 && sequence >= 0) {
        stack.flowLog().received(now, flow, sequence);
        stack.flowLog().heard(flow, socket.peerLabel(packet));
      }
      if (echo) {
        // a refused echo is lost, as in inetd
        Errno unused =
            socket.sendTo(
                now,
                UdpSocket.sender(packet),
                UdpSocket.senderPort(packet),
                packet.buffer(),
                flow,
                sequence,
                out);
        assert unused != Errno.ASLEEP : "the socket does not block";
      }
      out.deliver(packet);
    }
  }

  /** How many datagrams it read. */
  public long datagrams() {
    return datagrams;
  }

  /** The bytes of their payloads. */
  public long bytes() {
    return bytes;
  }

  /** The number of a message: what the packet carries beside its bytes, or its first four bytes. */
  static int sequence(Packet datagram) {
    if (datagram.flow != 0) {
      return datagram.sequence;
    }
    ByteBuf data = datagram.buffer();
    return data.readableBytes() < 4 ? -1 : data.getInt(data.readerIndex());
  }

  @Override
  public void stop(Effects out) {
    socket.close(out);
  }
}
