package org.larval.lab.run;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import org.jspecify.annotations.Nullable;
import org.larval.nic.FrameSocket;

/**
 * Ethernet frames over UDP, one in each datagram, as QEMU's {@code dgram} netdev speaks it. Its
 * channel lives on the lab's own loop, so that frames arrive on the lab's thread.
 */
final class DatagramFrames implements FrameSocket, AutoCloseable {
  /** No datagram is longer. */
  private static final int LONGEST = 65_536;

  private static final int SOCKET_BUFFER = 1 << 20;

  /** Takes what arrives; the bytes stay the socket's. */
  @FunctionalInterface
  interface Receiver {
    void onFrame(ByteBuf frame);
  }

  private final OutsideGuest guest;
  private final Receiver receiver;
  private final Bootstrap bootstrap;
  private @Nullable Channel channel;

  DatagramFrames(EventLoop loop, OutsideGuest guest, Receiver receiver) {
    this.guest = guest;
    this.receiver = receiver;
    boolean epoll = loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class);
    bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(epoll ? EpollDatagramChannel.class : NioDatagramChannel.class)
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(LONGEST))
            .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER)
            .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER)
            .handler(new Arrivals());
  }

  /** Binds the socket, from another thread than the lab's. */
  void open() {
    ChannelFuture bound = bootstrap.bind(guest.here()).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IllegalArgumentException("cannot bind " + guest.here(), bound.cause());
    }
    channel = bound.channel();
  }

  private final class Arrivals extends SimpleChannelInboundHandler<DatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket datagram) {
      if (datagram.sender().equals(guest.there())) {
        receiver.onFrame(datagram.content());
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
    opened.writeAndFlush(new DatagramPacket(frame, guest.there()), opened.voidPromise());
    return true;
  }

  /** Closes the socket, from another thread than the lab's. */
  @Override
  public void close() {
    Channel opened = channel;
    if (opened != null) {
      opened.close().awaitUninterruptibly();
    }
  }
}
