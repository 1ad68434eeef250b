package org.larval.lab.outside;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.Attachment;
import org.larval.lab.file.Sockets;
import org.larval.wire.VxlanView;

/**
 * Ethernet frames in VXLAN (RFC 7348), to one other end: the kernel's vxlan device, or a lab on
 * another host. The other end may send from any port, as the RFC asks it to.
 */
final class VxlanFrames implements FrameChannel {
  private static final int LONGEST = 65_536;
  private static final int SOCKET_BUFFER = 1 << 20;

  private final Attachment.Vxlan tunnel;
  private final InetAddress peer;
  private final Receiver receiver;
  private final Bootstrap bootstrap;
  private final VxlanView view = new VxlanView();
  private @Nullable Channel channel;
  private long refused;

  VxlanFrames(Site site, Attachment.Vxlan tunnel, Receiver receiver) {
    this.tunnel = tunnel;
    this.receiver = receiver;
    peer = tunnel.there().getAddress();
    bootstrap =
        new Bootstrap()
            .group(site.epoll())
            .channel(EpollDatagramChannel.class)
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(LONGEST))
            .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER)
            .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER)
            .handler(new Arrivals());
  }

  @Override
  public void open() {
    ChannelFuture binding = bootstrap.bind(tunnel.here()).awaitUninterruptibly();
    if (!binding.isSuccess()) {
      throw new AttachmentRefused(
          "cannot bind " + Sockets.print(tunnel.here()) + ": " + binding.cause().getMessage(),
          "name an address of this host, and a port that nobody has; the kernel's vxlan devices"
              + " have theirs");
    }
    channel = binding.channel();
  }

  private final class Arrivals extends SimpleChannelInboundHandler<DatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket datagram) {
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
    public void exceptionCaught(ChannelHandlerContext context, Throwable problem) {
      // an ICMP error: the other end is not there yet
    }
  }

  @Override
  public boolean send(ByteBuf frame) {
    Channel opened = channel;
    if (opened == null || !opened.isWritable()) {
      frame.release();
      return false;
    }
    ByteBuf data = opened.alloc().directBuffer(VxlanView.HEADER + frame.readableBytes());
    VxlanView.emit(data, 0, tunnel.vni());
    data.writerIndex(VxlanView.HEADER).writeBytes(frame);
    frame.release();
    opened.writeAndFlush(new DatagramPacket(data, tunnel.there()), opened.voidPromise());
    return true;
  }

  @Override
  public long refused() {
    return refused;
  }

  @Override
  public void close() {
    Channel opened = channel;
    if (opened != null) {
      ChannelFuture unused = opened.close();
      assert unused != null;
    }
  }
}
