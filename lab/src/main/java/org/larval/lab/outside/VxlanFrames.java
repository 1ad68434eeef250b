package org.larval.lab.outside;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import org.larval.lab.file.Attachment;
import org.larval.wire.VxlanView;

/**
 * Ethernet frames in VXLAN (RFC 7348), to one other end: the kernel's vxlan device, or a lab on
 * another host. The other end may send from any port, as the RFC asks it to.
 */
final class VxlanFrames implements FrameChannel {
  private final Attachment.Vxlan tunnel;
  private final InetAddress peer;
  private final Receiver receiver;
  private final UdpEnd udp;
  private final VxlanView view = new VxlanView();
  private long refused;

  VxlanFrames(Site site, Attachment.Vxlan tunnel, Receiver receiver) {
    this.tunnel = tunnel;
    this.receiver = receiver;
    peer = tunnel.there().getAddress();
    udp = new UdpEnd(site, tunnel.here(), this::arrived);
  }

  @Override
  public void open() {
    udp.open(
        "name an address of this host, and a port that nobody has; the kernel's vxlan devices"
            + " have theirs");
  }

  private void arrived(DatagramPacket datagram) {
    ByteBuf data = datagram.content();
    if (!datagram.sender().getAddress().equals(peer)
        || view.wrap(data, data.readerIndex(), data.readableBytes()) != null
        || view.vni() != tunnel.vni()) {
      refused++;
      return;
    }
    receiver.onFrame(data.skipBytes(VxlanView.HEADER));
  }

  @Override
  public boolean send(ByteBuf frame) {
    if (!udp.writable()) {
      frame.release();
      return false;
    }
    ByteBuf data = ByteBufAllocator.DEFAULT.directBuffer(VxlanView.HEADER + frame.readableBytes());
    VxlanView.emit(data, 0, tunnel.vni());
    data.writerIndex(VxlanView.HEADER).writeBytes(frame);
    frame.release();
    return udp.send(data, tunnel.there());
  }

  @Override
  public long refused() {
    return refused;
  }

  @Override
  public void close() {
    udp.close();
  }
}
