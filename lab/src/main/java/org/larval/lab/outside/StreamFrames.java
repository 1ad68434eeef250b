package org.larval.lab.outside;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.Attachment;
import org.larval.lab.file.Sockets;

/**
 * Ethernet frames in a stream, each after its length in four bytes, the uppermost first, as QEMU's
 * {@code stream} netdev speaks it. One connection at a time, the newest; whoever connects does so
 * again when it breaks.
 */
final class StreamFrames implements FrameChannel {
  private static final int LENGTH = 4;

  /** QEMU's own limit is 68 kB; whoever sends more speaks something else. */
  private static final int LONGEST = 69_632;

  /** What may wait for a slow reader. */
  private static final WriteBufferWaterMark WAITING = new WriteBufferWaterMark(1 << 19, 1 << 20);

  private static final long FIRST_RETRY = 100;
  private static final long LONGEST_RETRY = 2000;

  private final Attachment.Stream where;
  private final Receiver receiver;
  private final IoEventLoop loop;
  private final boolean unix;
  private @Nullable Channel listening;
  private @Nullable Channel connection;
  private @Nullable ScheduledFuture<?> next;
  private long retry = FIRST_RETRY;
  private long refused;
  private volatile boolean closed;

  StreamFrames(Site site, Attachment.Stream where, Receiver receiver) {
    this.where = where;
    this.receiver = receiver;
    loop = site.epoll();
    unix = where.at() instanceof UnixDomainSocketAddress;
  }

  private SocketAddress address() {
    return unix ? new DomainSocketAddress(where.at().toString()) : where.at();
  }

  @Override
  public void open() {
    if (where.connect()) {
      loop.execute(this::connect);
      return;
    }
    if (unix) {
      UnixDatagramFrames.unlink(Path.of(where.at().toString()));
    }
    ChannelFuture binding =
        new ServerBootstrap()
            .group(loop, loop)
            .channel(unix ? EpollServerDomainSocketChannel.class : EpollServerSocketChannel.class)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WAITING)
            .childHandler(new Lines())
            .bind(address())
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      throw new AttachmentRefused(
          "cannot listen at " + Sockets.print(where.at()) + ": " + binding.cause().getMessage(),
          "choose another address, or end the program that has it");
    }
    listening = binding.channel();
  }

  private void connect() {
    if (closed) {
      return;
    }
    ChannelFuture unused =
        new Bootstrap()
            .group(loop)
            .channel(unix ? EpollDomainSocketChannel.class : EpollSocketChannel.class)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WAITING)
            .handler(new Lines())
            .connect(address())
            .addListener(
                future -> {
                  if (!future.isSuccess()) {
                    again();
                  }
                });
    assert unused != null;
  }

  private void again() {
    if (where.connect() && !closed) {
      next = loop.schedule(this::connect, retry, TimeUnit.MILLISECONDS);
      retry = Math.min(LONGEST_RETRY, 2 * retry);
    }
  }

  /** Every connection keeps what it has of a frame for itself. */
  private final class Lines extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      channel.pipeline().addLast(new Arrivals());
    }
  }

  private final class Arrivals extends SimpleChannelInboundHandler<ByteBuf> {
    /** The part of a frame, with its length, that has come. */
    private final ByteBuf part = Unpooled.buffer(LENGTH + LONGEST, LENGTH + LONGEST);

    @Override
    public void channelActive(ChannelHandlerContext context) {
      Channel old = connection;
      connection = context.channel();
      retry = FIRST_RETRY;
      if (old != null) {
        end(old);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (context.channel().equals(connection)) {
        connection = null;
        again();
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf data) {
      while (data.isReadable() && context.channel().isOpen()) {
        if (part.readableBytes() < LENGTH) {
          part.writeBytes(data, Math.min(data.readableBytes(), LENGTH - part.readableBytes()));
          continue;
        }
        int length = part.getInt(0);
        if (length <= 0 || length > LONGEST) {
          refused++; // nothing after it is sure
          end(context.channel());
          return;
        }
        int missing = LENGTH + length - part.readableBytes();
        part.writeBytes(data, Math.min(data.readableBytes(), missing));
        if (part.readableBytes() == LENGTH + length) {
          receiver.onFrame(part.skipBytes(LENGTH));
          part.clear();
        }
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable problem) {
      end(context.channel()); // the connection is broken
    }
  }

  private static void end(Channel channel) {
    ChannelFuture unused = channel.close();
    assert unused != null;
  }

  @Override
  public boolean send(ByteBuf frame) {
    Channel opened = connection;
    if (opened == null || !opened.isWritable()) {
      frame.release();
      return false;
    }
    ByteBuf length = opened.alloc().directBuffer(LENGTH).writeInt(frame.readableBytes());
    opened.write(length, opened.voidPromise());
    opened.writeAndFlush(frame, opened.voidPromise());
    return true;
  }

  @Override
  public long refused() {
    return refused;
  }

  @Override
  public void close() {
    closed = true;
    ScheduledFuture<?> waiting = next;
    if (waiting != null) {
      waiting.cancel(false);
    }
    Channel server = listening;
    if (server != null) {
      end(server);
      if (unix) {
        UnixDatagramFrames.unlink(Path.of(where.at().toString()));
      }
    }
    Channel opened = connection;
    if (opened != null) {
      end(opened);
    }
  }
}
