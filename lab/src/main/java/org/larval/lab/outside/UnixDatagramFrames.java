package org.larval.lab.outside;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.Attachment;

/**
 * Ethernet frames over a Unix datagram socket. Unlike UDP's, its reader may be slow: the system
 * then takes no more than a few datagrams and tells nobody when there is room again, so what waits
 * here is tried again a little later.
 */
final class UnixDatagramFrames implements FrameChannel {
  private static final int LONGEST = 65_536;
  private static final int SOCKET_BUFFER = 1 << 20;

  /** Frames that wait for a slow reader. */
  private static final int MOST_WAITING = 256;

  private static final long RETRY_MICROS = 200;

  private final Site site;
  private final Receiver receiver;
  private final Path here;
  private final byte[] there;
  private final ByteBuf out = Unpooled.directBuffer(LONGEST, LONGEST);
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(MOST_WAITING);
  private final Bootstrap bootstrap;
  private @Nullable Channel channel;

  UnixDatagramFrames(Site site, Attachment.Dgram guest, Receiver receiver) {
    this.site = site;
    this.receiver = receiver;
    here = Path.of(guest.here().toString());
    there = guest.there().toString().getBytes(StandardCharsets.UTF_8);
    bootstrap =
        new Bootstrap()
            .group(site.epoll())
            .channel(EpollDomainDatagramChannel.class)
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(LONGEST))
            .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER)
            .handler(new Arrivals());
  }

  @Override
  public void open() {
    unlink(here);
    ChannelFuture binding =
        bootstrap.bind(new DomainSocketAddress(here.toString())).awaitUninterruptibly();
    if (!binding.isSuccess()) {
      throw new AttachmentRefused(
          "cannot bind " + here + ": " + binding.cause().getMessage(),
          "choose another path, in a directory that is there and that this user may write");
    }
    channel = binding.channel();
  }

  /** A socket that an earlier lab left behind; whoever still has it open keeps his own. */
  static void unlink(Path path) {
    try {
      if (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path)) {
        Files.delete(path);
      }
    } catch (IOException e) {
      // binding will tell
    }
  }

  private final class Arrivals extends SimpleChannelInboundHandler<DomainDatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket datagram) {
      // who may open the socket's file may send
      receiver.onFrame(datagram.content());
    }
  }

  @Override
  public boolean send(ByteBuf frame) {
    boolean taken = channel != null && frame.readableBytes() <= LONGEST;
    if (taken && waiting.isEmpty()) {
      int sent = attempt(frame);
      if (sent != 0) {
        frame.release();
        return sent > 0;
      }
      later();
    }
    taken &= waiting.size() < MOST_WAITING;
    if (taken) {
      waiting.addLast(frame);
    } else {
      frame.release();
    }
    return taken;
  }

  /** Bytes that went; 0 if there is no room now, -1 if nobody is there. */
  private int attempt(ByteBuf frame) {
    int length = frame.readableBytes();
    out.setBytes(0, frame, frame.readerIndex(), length);
    try {
      return channel instanceof EpollDomainDatagramChannel open
              && open.fd() instanceof Socket socket
          ? socket.sendToAddressDomainSocket(out.memoryAddress(), 0, length, there)
          : -1;
    } catch (IOException nobody) {
      return -1;
    }
  }

  private void later() {
    site.timeline().loop().schedule(this::again, RETRY_MICROS, TimeUnit.MICROSECONDS);
  }

  private void again() {
    for (ByteBuf next = waiting.peekFirst(); next != null; next = waiting.peekFirst()) {
      if (attempt(next) == 0) {
        later();
        return;
      }
      waiting.removeFirst().release();
    }
  }

  @Override
  public void close() {
    Channel opened = channel;
    channel = null;
    if (opened != null) {
      ChannelFuture unused = opened.close();
      assert unused != null;
      unlink(here);
    }
    waiting.forEach(ByteBuf::release);
    waiting.clear();
    out.release();
  }
}
