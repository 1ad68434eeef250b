package org.larval.lab.ike;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.larval.nic.EspSocket;
import org.larval.nic.TunDevice;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/**
 * Whole IP packets on the daemon's own loop: those that the host sends into a TUN device, or ESP of
 * a raw socket. They come on the loop's thread.
 */
final class PacketPort implements EpollIoHandle {
  private static final int LARGEST = 65_535;

  /** Where an IPv4 header has its destination. */
  private static final int TARGET = 16;

  /** Packets that are read before others have their turn. */
  private static final int AT_ONCE = 64;

  /** What packets come from and go to; addresses are of native memory. */
  private interface Device {
    int read(long address, int room);

    boolean write(long address, int length, int target);

    void close();
  }

  /** Takes the packets that come. */
  @FunctionalInterface
  interface Receiver {
    void onPacket(Packet packet);
  }

  private final Device device;
  private final FileDescriptor descriptor;
  private final PacketPool pool;
  private final Receiver receiver;
  private final ByteBuffer in = ByteBuffer.allocateDirect(LARGEST);
  private final ByteBuffer out = ByteBuffer.allocateDirect(LARGEST);
  private final long inAddress = MemorySegment.ofBuffer(in).address();
  private final long outAddress = MemorySegment.ofBuffer(out).address();
  private @Nullable IoRegistration registration;

  private PacketPort(Device device, int number, PacketPool pool, Receiver receiver) {
    this.device = device;
    this.pool = pool;
    this.receiver = receiver;
    descriptor = new FileDescriptor(number);
  }

  /**
   * Opens a TUN device and listens to it.
   *
   * @throws IOException in words for the user, if it cannot be had
   */
  static PacketPort tun(String name, EventLoop loop, PacketPool pool, Receiver receiver)
      throws IOException {
    IoEventLoop io = epoll(loop);
    TunDevice tun = TunDevice.openForSelector(name);
    Device device =
        new Device() {
          @Override
          public int read(long address, int room) {
            return tun.read(address, room);
          }

          @Override
          public boolean write(long address, int length, int target) {
            return tun.write(address, length);
          }

          @Override
          public void close() {
            tun.close();
          }
        };
    return new PacketPort(device, tun.descriptor(), pool, receiver).on(io);
  }

  /**
   * Opens a raw socket for ESP and listens to it.
   *
   * @throws IOException in words for the user, if it cannot be had
   */
  static PacketPort esp(EventLoop loop, PacketPool pool, Receiver receiver) throws IOException {
    IoEventLoop io = epoll(loop);
    EspSocket socket = EspSocket.open();
    Device device =
        new Device() {
          @Override
          public int read(long address, int room) {
            return socket.read(address, room);
          }

          @Override
          public boolean write(long address, int length, int target) {
            return socket.write(address, length, target);
          }

          @Override
          public void close() {
            socket.close();
          }
        };
    return new PacketPort(device, socket.descriptor(), pool, receiver).on(io);
  }

  private static IoEventLoop epoll(EventLoop loop) throws IOException {
    if (loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class)) {
      return io;
    }
    throw new IOException("packets need Netty's epoll, which is not there");
  }

  private PacketPort on(IoEventLoop loop) {
    loop.register(this)
        .addListener(
            future -> {
              if (future.isSuccess()) {
                IoRegistration registered = (IoRegistration) future.getNow();
                registration = registered;
                registered.submit(EpollIoOps.EPOLLIN);
              }
            });
    return this;
  }

  @Override
  public FileDescriptor fd() {
    return descriptor;
  }

  @Override
  public void handle(IoRegistration at, IoEvent event) {
    for (int i = 0; i < AT_ONCE; i++) {
      int length = device.read(inAddress, LARGEST);
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
    int target = data.getInt(data.readerIndex() + TARGET);
    packet.release();
    // what the host does not take is lost, as on any link
    device.write(outAddress, length, target);
  }

  @Override
  public void close() {
    if (registration != null) {
      boolean cancelled = registration.cancel();
      assert cancelled;
    }
    device.close();
  }
}
