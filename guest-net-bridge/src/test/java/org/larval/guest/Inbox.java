package org.larval.guest;

import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;
import org.larval.packet.Effects;
import org.larval.packet.Packet;

/** An application that reads at once and remembers payloads as hex. */
final class Inbox implements UdpSocket.Listener {
  final List<String> payloads = new ArrayList<>();
  final List<String> senders = new ArrayList<>();
  int wakes;

  @Override
  public void onReadable(long now, UdpSocket socket, Effects out) {
    for (Packet p = socket.receive(); p != null; p = socket.receive()) {
      payloads.add(ByteBufUtil.hexDump(p.buffer()));
      senders.add(UdpSocket.sender(p) + " " + UdpSocket.senderPort(p));
      out.deliver(p);
    }
  }

  @Override
  public void onWake(long now, UdpSocket socket, Effects out) {
    wakes++;
  }
}
