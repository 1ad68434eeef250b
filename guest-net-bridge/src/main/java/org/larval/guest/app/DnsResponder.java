package org.larval.guest.app;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.larval.guest.GuestStack;
import org.larval.guest.UdpSocket;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;

/** A name server that knows one answer, on port 53. */
public final class DnsResponder implements App, UdpSocket.Listener {
  private static final int PORT = 53;
  private static final int LONGEST_QUERY = 512;

  private final GuestStack stack;
  private final UdpSocket socket;
  private final ByteBuf answer = Unpooled.buffer(LONGEST_QUERY + 16);

  /** A server whose socket has a label, 0 for none. */
  public DnsResponder(GuestStack stack, int label) {
    this.stack = stack;
    socket = stack.udpSocket(this).label(label).blocking(false);
  }

  @Override
  public Errno start(long now, Effects out) {
    return socket.bind(IpAddress.ANY4, PORT);
  }

  @Override
  public void onReadable(long now, UdpSocket readable, Effects out) {
    for (Packet packet = socket.receive(); packet != null; packet = socket.receive()) {
      if (packet.flow != 0) {
        stack.flowLog().received(now, packet.flow, packet.sequence);
        stack.flowLog().heard(packet.flow, socket.peerLabel(packet));
      }
      if (packet.length() <= LONGEST_QUERY && DnsMessage.answer(packet.buffer(), answer)) {
        // an answer that is refused is lost; the client asks again
        Errno unused =
            socket.sendTo(
                now,
                UdpSocket.sender(packet),
                UdpSocket.senderPort(packet),
                answer,
                packet.flow,
                packet.sequence,
                out);
        assert unused != Errno.ASLEEP : "the socket does not block";
      }
      out.deliver(packet);
    }
  }

  @Override
  public void stop(Effects out) {
    socket.close(out);
  }
}
