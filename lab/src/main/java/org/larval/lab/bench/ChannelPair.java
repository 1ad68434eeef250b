package org.larval.lab.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.larval.lab.time.Stopwatch;

/**
 * Frames from one Netty channel to another, each on an event loop of its own, by buffers of the
 * pool.
 */
final class ChannelPair implements AutoCloseable {
  /** Between what. */
  enum Kind {
    /** {@link LocalChannel}s. */
    local,
    /** UDP sockets. */
    udp
  }

  private static final int ROOM = 2048;
  private static final long BETWEEN_LOOKS = 1_000_000;

  private final EventLoopGroup senders;
  private final EventLoopGroup takers;
  private final Sender sender;
  private final Taker taker;

  ChannelPair(Kind kind, int bytes) {
    IoHandlerFactory handlers =
        kind == Kind.local ? LocalIoHandler.newFactory() : EpollIoHandler.newFactory();
    senders = new MultiThreadIoEventLoopGroup(1, handlers);
    takers = new MultiThreadIoEventLoopGroup(1, handlers);
    taker = new Taker(bytes);
    Channel channel = kind == Kind.local ? local() : udp();
    sender = new Sender(channel, taker, kind == Kind.local, bytes);
    channel.eventLoop().execute(sender);
  }

  private Channel local() {
    Channel server =
        new ServerBootstrap()
            .group(takers)
            .channel(LocalServerChannel.class)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, new WholeFrames())
            .childHandler(taker)
            .bind(LocalAddress.ANY)
            .syncUninterruptibly()
            .channel();
    return new Bootstrap()
        .group(senders)
        .channel(LocalChannel.class)
        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .handler(new ChannelInboundHandlerAdapter())
        .connect(server.localAddress())
        .syncUninterruptibly()
        .channel();
  }

  private Channel udp() {
    Channel socket =
        new Bootstrap()
            .group(takers)
            .channel(EpollDatagramChannel.class)
            .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, ROOM)
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new FixedRecvByteBufAllocator(ROOM * RingEnd.BURST)
                    .maxMessagesPerRead(RingEnd.BURST))
            .handler(taker)
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
    return new Bootstrap()
        .group(senders)
        .channel(EpollDatagramChannel.class)
        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .handler(new ChannelInboundHandlerAdapter())
        .connect(socket.localAddress())
        .syncUninterruptibly()
        .channel();
  }

  /** Waits until a frame has arrived since it began, or began to count; but not for ever. */
  void await() {
    Stopwatch watch = Stopwatch.start();
    while (takers.submit(taker.meter::idle).syncUninterruptibly().getNow()
        && watch.nanos() < Meter.PATIENCE) {
      LockSupport.parkNanos(BETWEEN_LOOKS);
    }
  }

  /** The warming up is over. */
  void count() {
    takers.submit(taker.meter::count).syncUninterruptibly();
    senders.submit(sender.meter::count).syncUninterruptibly();
  }

  /** What arrived so far. */
  Meter.Counts taken() {
    return takers.submit(taker::counts).syncUninterruptibly().getNow();
  }

  /** What was sent so far. */
  Meter.Counts sent() {
    return senders.submit(sender.meter::counts).syncUninterruptibly().getNow();
  }

  @Override
  public void close() {
    sender.channel.close().syncUninterruptibly();
    Channel other = taker.channel;
    if (other != null) {
      other.close().syncUninterruptibly();
    }
    senders.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    takers.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** Sends bursts, each as a task of the loop so that it does its other work as well. */
  private static final class Sender implements Runnable {
    private final Channel channel;
    private final Taker taker;
    private final boolean waits;
    private final byte[] frame;
    private final Meter meter = new Meter();
    private long sent;

    /**
     * Sends until the channel is closed.
     *
     * @param waits for the taker: a local channel is always writable
     */
    Sender(Channel channel, Taker taker, boolean waits, int bytes) {
      this.channel = channel;
      this.taker = taker;
      this.waits = waits;
      frame = new byte[bytes];
    }

    @Override
    public void run() {
      if (!channel.isOpen()) {
        return;
      }
      if (channel.isWritable() && !(waits && sent - taker.taken > NetfileEnd.FRAMES)) {
        for (int i = 0; i < RingEnd.BURST; i++) {
          ByteBuf buffer = channel.alloc().buffer(frame.length);
          channel.write(buffer.writeBytes(frame), channel.voidPromise());
        }
        channel.flush();
        sent += RingEnd.BURST;
        meter.note(RingEnd.BURST);
      }
      channel.eventLoop().execute(this);
    }
  }

  /** Takes frames and counts them. */
  private static final class Taker extends ChannelInboundHandlerAdapter {
    private final Meter meter = new Meter();
    private final byte[] frame;
    private volatile long taken;
    private volatile @Nullable Channel channel;
    private long all;
    private int count;
    private int wrong = -1;

    Taker(int bytes) {
      frame = new byte[bytes];
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      channel = context.channel();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf buffer =
          message instanceof ByteBufHolder holder ? holder.content() : (ByteBuf) message;
      int length = buffer.readableBytes();
      if (length == frame.length) {
        buffer.readBytes(frame);
        count++;
      } else {
        wrong = length;
      }
      ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      meter.note(count);
      all += count;
      taken = all;
      count = 0;
    }

    Meter.Counts counts() {
      if (wrong >= 0) {
        throw new IllegalStateException("a frame of " + wrong + " bytes arrived");
      }
      return meter.counts();
    }
  }

  /** Keeps a local channel from merging buffers: it does so while they fit into the one it gets. */
  private static final class WholeFrames implements RecvByteBufAllocator {
    private final RecvByteBufAllocator counting =
        new FixedRecvByteBufAllocator(ROOM).maxMessagesPerRead(RingEnd.BURST);

    @Override
    @SuppressWarnings("deprecation") // what the interface is made of
    public Handle newHandle() {
      return new DelegatingHandle(counting.newHandle()) {
        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
          return Unpooled.EMPTY_BUFFER;
        }
      };
    }
  }
}
