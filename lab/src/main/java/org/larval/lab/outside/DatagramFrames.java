package org.larval.lab.outside;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.Sockets;

/**
 * Ethernet frames over UDP, one in each datagram, as QEMU's {@code dgram} netdev speaks it. Its
 * channel lives on the lab's own loop, so that frames arrive on the lab's thread.
 */
final class DatagramFrames implements FrameChannel {
  /** No datagram is longer. */
  private static final int LONGEST = 65_536;

  private static final int SOCKET_BUFFER = 1 << 20;

  private final InetSocketAddress here;
  private final InetSocketAddress there;
  private final Receiver receiver;
  private final Bootstrap bootstrap;
  private @Nullable Channel channel;
  private long refused;

  DatagramFrames(Site site, InetSocketAddress here, InetSocketAddress there, Receiver receiver) {
    this.here = here;
    this.there = there;
    this.receiver = receiver;
    boolean epoll =
        site.timeline().loop() instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class);
    bootstrap =
        new Bootstrap()
            .group(site.timeline().loop())
            .channel(epoll ? EpollDatagramChannel.class : NioDatagramChannel.class)
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(LONGEST))
            .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER)
            .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER)
            .handler(new Arrivals());
  }

  @Override
  public void open() {
    ChannelFuture binding = bootstrap.bind(here).awaitUninterruptibly();
    if (!binding.isSuccess()) {
      throw new AttachmentRefused(
          "cannot bind " + Sockets.print(here) + ": " + binding.cause().getMessage(),
          "choose another address, or end the program that has it");
    }
    channel = binding.channel();
  }

  private final class Arrivals extends SimpleChannelInboundHandler<DatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket datagram) {
      if (datagram.sender().equals(there)) {
        receiver.onFrame(datagram.content());
      } else {
        refused++;
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable problem) {
      // an ICMP error for what was sent before the guest listened: as if a cable were unplugged
    }
  }

  @Override
  public boolean send(ByteBuf frame) {
    Channel opened = channel;
    if (opened == null || !opened.isWritable()) {
      frame.release();
      return false;
    }
    opened.writeAndFlush(new DatagramPacket(frame, there), opened.voidPromise());
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
