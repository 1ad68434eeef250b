package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;

/**
 * A Linux TUN device (Documentation/networking/tuntap.rst): IP packets to and from the host's own
 * stack, through the foreign-function interface. Needs the right to open {@code /dev/net/tun} and
 * CAP_NET_ADMIN in the network namespace that it is opened in. One thread may read while another
 * writes.
 */
@SuppressWarnings("restricted") // system calls are what it is for
public final class TunDevice implements AutoCloseable {
  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 0x800;
  private static final long TUNSETIFF = 0x400454caL;
  private static final int IFF_TUN = 1;
  private static final int IFF_NO_PI = 0x1000;
  private static final int NAME_BYTES = 16;
  private static final int IFREQ_BYTES = 40;
  private static final int EPERM = 1;
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("open"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle IOCTL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("ioctl"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.ADDRESS),
          Linker.Option.firstVariadicArg(2),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle READ = transfer("read");
  private static final MethodHandle WRITE = transfer("write");
  private static final MethodHandle CLOSE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("close"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private final Arena arena = Arena.ofShared();
  private final MemorySegment readState = arena.allocate(CALL_STATE);
  private final MemorySegment writeState = arena.allocate(CALL_STATE);
  private final String name;
  private final int descriptor;

  private TunDevice(String name, int flags) throws IOException {
    this.name = name;
    MemorySegment request = arena.allocate(IFREQ_BYTES);
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length == 0 || bytes.length >= NAME_BYTES) {
      throw new IOException("'" + name + "' is no name of a device; give 1 to 15 characters");
    }
    MemorySegment.copy(bytes, 0, request, ValueLayout.JAVA_BYTE, 0, bytes.length);
    request.set(ValueLayout.JAVA_SHORT, NAME_BYTES, (short) (IFF_TUN | IFF_NO_PI));
    try {
      descriptor = (int) OPEN.invokeExact(readState, arena.allocateFrom("/dev/net/tun"), flags);
      if (descriptor < 0) {
        throw refused("/dev/net/tun cannot be opened");
      }
      int set = (int) IOCTL.invokeExact(readState, descriptor, TUNSETIFF, request);
      if (set < 0) {
        IOException problem = refused("the TUN device " + name + " cannot be had");
        int closed = (int) CLOSE.invokeExact(descriptor);
        throw closed == 0 ? problem : new IOException("close failed", problem);
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static MethodHandle transfer(String call) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(call),
        FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG),
        Linker.Option.captureCallState("errno"));
  }

  private IOException refused(String what) {
    int errno = (int) ERRNO.get(readState, 0L);
    return new IOException(
        what
            + (errno == EPERM
                ? ": it needs root or CAP_NET_ADMIN"
                : ": errno " + errno + "; load the module tun, or run as root"));
  }

  /**
   * Opens a device and makes it if there is none of this name.
   *
   * @throws IOException in words for the user, if the right or the driver is missing
   */
  public static TunDevice open(String name) throws IOException {
    return new TunDevice(name, O_RDWR);
  }

  /**
   * The same, for a selector that says when there is something to read: {@link #read} does not wait
   * but answers 0.
   *
   * @throws IOException in words for the user, if the right or the driver is missing
   */
  public static TunDevice openForSelector(String name) throws IOException {
    return new TunDevice(name, O_RDWR | O_NONBLOCK);
  }

  /**
   * Waits for a packet.
   *
   * @param address native memory of at least {@code room} bytes, which the caller owns
   * @return its bytes, 0 if there is none and it does not wait, or -1 once the device is closed or
   *     gone
   */
  public int read(long address, int room) {
    while (true) {
      try {
        long got = (long) READ.invokeExact(readState, descriptor, address, (long) room);
        if (got >= 0) {
          return (int) got;
        }
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
      int errno = (int) ERRNO.get(readState, 0L);
      if (errno != EINTR) {
        return errno == EAGAIN ? 0 : -1;
      }
    }
  }

  /** Gives a packet to the host; false if the host did not take it. */
  public boolean write(long address, int length) {
    try {
      return (long) WRITE.invokeExact(writeState, descriptor, address, (long) length) == length;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Its file descriptor, for a selector; it stays the device's. */
  public int descriptor() {
    return descriptor;
  }

  /** The device's name. */
  public String name() {
    return name;
  }

  /** Closes it. Not while a thread waits in {@link #read}: end the process for that. */
  @Override
  public void close() {
    try {
      int ignored = (int) CLOSE.invokeExact(descriptor);
      assert ignored <= 0;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    arena.close();
  }
}
