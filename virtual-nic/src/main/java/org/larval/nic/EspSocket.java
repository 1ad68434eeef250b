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
import java.nio.ByteOrder;

/**
 * A raw IPv4 socket for ESP (raw(7) with IP_HDRINCL): whole IP packets of protocol 50 come and go.
 * It never waits; a selector says when there is something to read. Needs root or CAP_NET_RAW.
 */
@SuppressWarnings("restricted") // system calls are what it is for
public final class EspSocket implements AutoCloseable {
  private static final int AF_INET = 2;
  private static final int SOCK_RAW_NONBLOCK = 3 | 0x800;
  private static final int IPPROTO_ESP = 50;
  private static final int IPPROTO_IP = 0;
  private static final int IP_HDRINCL = 3;
  private static final int ADDRESS_BYTES = 16;
  private static final int EPERM = 1;
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle SOCKET =
      call("socket", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
  private static final MethodHandle SETSOCKOPT =
      call(
          "setsockopt",
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_INT,
          ValueLayout.ADDRESS,
          ValueLayout.JAVA_INT);
  private static final MethodHandle CLOSE = call("close", ValueLayout.JAVA_INT);
  private static final MethodHandle READ =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("read"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle SENDTO =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("sendto"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT),
          Linker.Option.captureCallState("errno"));

  private final Arena arena = Arena.ofShared();
  private final MemorySegment state = arena.allocate(CALL_STATE);
  private final MemorySegment peer = arena.allocate(ADDRESS_BYTES, Long.BYTES);
  private final int descriptor;

  private static MethodHandle call(String name, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments),
        Linker.Option.captureCallState("errno"));
  }

  private EspSocket() throws IOException {
    try {
      descriptor = (int) SOCKET.invokeExact(state, AF_INET, SOCK_RAW_NONBLOCK, IPPROTO_ESP);
      if (descriptor < 0) {
        int errno = (int) ERRNO.get(state, 0L);
        throw new IOException(
            "a raw socket for ESP cannot be had: "
                + (errno == EPERM ? "it needs root or CAP_NET_RAW" : "errno " + errno));
      }
      MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_INT, 1);
      int set =
          (int)
              SETSOCKOPT.invokeExact(state, descriptor, IPPROTO_IP, IP_HDRINCL, one, Integer.BYTES);
      if (set < 0) {
        throw new IOException("a raw socket for ESP does not take IP headers");
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Opens one.
   *
   * @throws IOException in words for the user, if the right is missing
   */
  public static EspSocket open() throws IOException {
    return new EspSocket();
  }

  /** Its file descriptor, for a selector; it stays the socket's. */
  public int descriptor() {
    return descriptor;
  }

  /**
   * Reads a packet with its IP header.
   *
   * @param address native memory of at least {@code room} bytes, which the caller owns
   * @return its bytes, 0 if there is none, or -1 once the socket is closed
   */
  public int read(long address, int room) {
    while (true) {
      try {
        long got = (long) READ.invokeExact(state, descriptor, address, (long) room);
        if (got >= 0) {
          return (int) got;
        }
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
      int errno = (int) ERRNO.get(state, 0L);
      if (errno != EINTR) {
        return errno == EAGAIN ? 0 : -1;
      }
    }
  }

  /**
   * Sends a packet with its IP header; false if the host did not take it.
   *
   * @param target IPv4 address, its first octet uppermost
   */
  public boolean write(long address, int length, int target) {
    peer.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
    peer.set(ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN), Integer.BYTES, target);
    try {
      return (long)
              SENDTO.invokeExact(state, descriptor, address, (long) length, 0, peer, ADDRESS_BYTES)
          == length;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      int ignored = (int) CLOSE.invokeExact(state, descriptor);
      assert ignored <= 0;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    arena.close();
  }
}
