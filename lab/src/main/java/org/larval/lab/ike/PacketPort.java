package org.larval.lab.ike;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.larval.lab.time.LoopWatch;
import org.larval.nic.RawIpSocket;
import org.larval.nic.TunDevice;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/**
 * Whole IP packets on the daemon's own loop: those that the host sends into a TUN device, or IPsec
 * of a raw socket. They come on the loop's thread.
 */
final class PacketPort {
  private static final int LARGEST = 65_535;

  /** Packets that are read before others have their turn. */
  private static final int AT_ONCE = 64;

  /** What packets come from and go to, through native memory of its own. */
  private interface Device {
    /** What {@link #read} has left. */
    MemorySegment received();

    /** What {@link #write} takes. */
    MemorySegment toSend();

    int read();

    boolean write(int length);

    int descriptor();

    void close();
  }

  /** Takes the packets that come. */
  @FunctionalInterface
  interface Receiver {
    void onPacket(Packet packet);
  }

  private final Device device;
  private final PacketPool pool;
  private final Receiver receiver;
  private final ByteBuffer in;
  private final ByteBuffer out;
  private @Nullable LoopWatch watch;

  private PacketPort(Device device, PacketPool pool, Receiver receiver) {
    this.device = device;
    this.pool = pool;
    this.receiver = receiver;
    in = device.received().asByteBuffer();
    out = device.toSend().asByteBuffer();
  }

  /**
   * Opens a TUN device and listens to it.
   *
   * @throws IOException in words for the user, if it cannot be had
   */
  static PacketPort tun(String name, EventLoop loop, PacketPool pool, Receiver receiver)
      throws IOException {
    return new PacketPort(new Tun(TunDevice.openForSelector(name)), pool, receiver).on(loop);
  }

  /**
   * Opens a raw socket and listens to it.
   *
   * @param protocol of IP
   * @param mark of what it sends
   * @throws IOException in words for the user, if it cannot be had
   */
  static PacketPort raw(
      int protocol, boolean v6, int mark, EventLoop loop, PacketPool pool, Receiver receiver)
      throws IOException {
    return new PacketPort(new Raw(RawIpSocket.open(protocol, v6, mark)), pool, receiver).on(loop);
  }

  private record Tun(TunDevice tun, Arena arena, MemorySegment received, MemorySegment toSend)
      implements Device {
    Tun(TunDevice tun) {
      this(tun, Arena.ofShared());
    }

    private Tun(TunDevice tun, Arena arena) {
      this(tun, arena, arena.allocate(LARGEST), arena.allocate(LARGEST));
    }

    @Override
    public int read() {
      return tun.read(received.address(), LARGEST);
    }

    @Override
    public boolean write(int length) {
      return tun.write(toSend.address(), length);
    }

    @Override
    public int descriptor() {
      return tun.descriptor();
    }

    @Override
    public void close() {
      tun.close();
      arena.close();
    }
  }

  private record Raw(RawIpSocket socket) implements Device {
    @Override
    public MemorySegment received() {
      return socket.received();
    }

    @Override
    public MemorySegment toSend() {
      return socket.toSend();
    }

    @Override
    public int read() {
      return socket.read();
    }

    @Override
    public boolean write(int length) {
      return socket.write(length);
    }

    @Override
    public int descriptor() {
      return socket.descriptor();
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  private PacketPort on(EventLoop loop) throws IOException {
    try {
      watch = loop.submit(() -> LoopWatch.on(loop, device.descriptor(), this::takeIn)).get();
      return this;
    } catch (ExecutionException problem) {
      device.close();
      throw problem.getCause() instanceof IOException told ? told : new IOException(problem);
    } catch (InterruptedException problem) {
      device.close();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", problem);
    }
  }

  private void takeIn() {
    for (int i = 0; i < AT_ONCE; i++) {
      int length = device.read();
      if (length <= 0) {
        return;
      }
      Packet packet = pool.make(0, length);
      packet.buffer().writeBytes(in.limit(length).position(0));
      receiver.onPacket(packet);
    }
  }

  /** Gives a packet to the host, or to the wire; its end here. */
  void write(Packet packet) {
    ByteBuf data = packet.buffer();
    int length = data.readableBytes();
    data.getBytes(data.readerIndex(), out.clear().limit(length));
    packet.release();
    // what the host does not take is lost, as on any link
    device.write(length);
  }

  /** Hears nothing more and closes the device; on the loop. */
  void close() {
    LoopWatch watched = watch;
    if (watched != null) {
      watched.close();
    }
    device.close();
  }
}
