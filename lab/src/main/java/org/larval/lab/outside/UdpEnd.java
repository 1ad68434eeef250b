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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.Sockets;

/**
 * A UDP socket that carries frames. Its channel lives on the lab's own loop, so that datagrams
 * arrive on the lab's thread.
 */
final class UdpEnd implements AutoCloseable {
  /** No datagram is longer. */
  private static final int LONGEST = 65_536;

  private static final int SOCKET_BUFFER = 1 << 20;

  private final InetSocketAddress here;
  private final Bootstrap bootstrap;
  private @Nullable Channel channel;

  /**
   * A socket that is not bound yet.
   *
   * @param arrivals gets each datagram, whose reference stays ours
   */
  UdpEnd(Site site, InetSocketAddress here, Consumer<DatagramPacket> arrivals) {
    this.here = here;
    boolean epoll =
        site.timeline().loop() instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class);
    bootstrap =
        new Bootstrap()
            .group(site.timeline().loop())
            .channel(epoll ? EpollDatagramChannel.class : NioDatagramChannel.class)
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(LONGEST))
            .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER)
            .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER)
            .handler(new Arrivals(arrivals));
  }

  /**
   * Binds it.
   *
   * @param remedy what to do if that fails
   */
  void open(String remedy) {
    ChannelFuture binding = bootstrap.bind(here).awaitUninterruptibly();
    if (!binding.isSuccess()) {
      throw new AttachmentRefused(
          "cannot bind " + Sockets.print(here) + ": " + binding.cause().getMessage(), remedy);
    }
    channel = binding.channel();
  }

  private static final class Arrivals extends SimpleChannelInboundHandler<DatagramPacket> {
    private final Consumer<DatagramPacket> arrivals;

    Arrivals(Consumer<DatagramPacket> arrivals) {
      this.arrivals = arrivals;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket datagram) {
      arrivals.accept(datagram);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable problem) {
      // an ICMP error for what was sent before the other end listened: as if a cable were unplugged
    }
  }

  /** Whether a datagram would be taken. */
  boolean writable() {
    Channel opened = channel;
    return opened != null && opened.isWritable();
  }

  /** Sends, if it is {@link #writable}; the bytes end here in any case. */
  boolean send(ByteBuf data, InetSocketAddress there) {
    Channel opened = channel;
    if (opened == null || !opened.isWritable()) {
      data.release();
      return false;
    }
    opened.writeAndFlush(new DatagramPacket(data, there), opened.voidPromise());
    return true;
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
