package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A raw socket for one IP protocol, such as ESP: whole IP packets come and go, through memory of
 * its own. It never waits; a selector says when there is something to read. Needs root or
 * CAP_NET_RAW.
 *
 * <p>Over IPv4 the host takes and gives headers as they are (raw(7) with IP_HDRINCL), except that
 * it fills in an identification of zero where fragments are allowed. Over IPv6 it knows headers in
 * ancillary data only (RFC 3542, ipv6(7)): they are put together here, without flow label and
 * extension headers, and a packet that is too long for the link goes in fragments.
 */
@SuppressWarnings("restricted") // system calls are what it is for
public final class RawIpSocket implements AutoCloseable {
  /** The longest packet. */
  public static final int LARGEST = 65_535;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_RAW_NONBLOCK = 3 | 0x800;
  private static final int SOL_SOCKET = 1;
  private static final int SO_MARK = 36;
  private static final int IPPROTO_IP = 0;
  private static final int IP_HDRINCL = 3;
  private static final int IPV6_RECVPKTINFO = 49;
  private static final int IPV6_RECVHOPLIMIT = 51;
  private static final int IPV6_RECVTCLASS = 66;

  private static final MethodHandle SOCKET =
      HostFile.call("socket", 0, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
  private static final MethodHandle SETSOCKOPT =
      HostFile.call(
          "setsockopt",
          0,
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_INT,
          ValueLayout.ADDRESS,
          ValueLayout.JAVA_INT);
  private static final MethodHandle RECVMSG = message("recvmsg");
  private static final MethodHandle SENDMSG = message("sendmsg");

  private final Arena arena = Arena.ofShared();
  private final MemorySegment state = HostFile.state(arena);
  private final MemorySegment in = arena.allocate(LARGEST);
  private final MemorySegment out = arena.allocate(LARGEST);
  private final MessageHeader received = new MessageHeader(arena);
  private final MessageHeader sent = new MessageHeader(arena);
  private final boolean v6;
  private final int protocol;
  private final HostFile file;

  private static MethodHandle message(String call) {
    return HostFile.call(
        call,
        0,
        FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_INT));
  }

  private RawIpSocket(int protocol, boolean v6, int mark) throws IOException {
    this.v6 = v6;
    this.protocol = protocol;
    try {
      int family = v6 ? AF_INET6 : AF_INET;
      int opened = (int) SOCKET.invokeExact(state, family, SOCK_RAW_NONBLOCK, protocol);
      if (opened < 0) {
        throw HostFile.refused(
            state,
            "a raw socket for protocol " + protocol + " over IPv" + (v6 ? 6 : 4) + " is refused",
            "root or CAP_NET_RAW",
            "");
      }
      file = new HostFile(opened);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    if (mark != 0) {
      option(SOL_SOCKET, SO_MARK, mark);
    }
    if (v6) {
      option(MessageHeader.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
      option(MessageHeader.IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
      option(MessageHeader.IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    } else {
      option(IPPROTO_IP, IP_HDRINCL, 1);
    }
  }

  private void option(int level, int name, int value) throws IOException {
    MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_INT, value);
    int set;
    try {
      set =
          (int)
              SETSOCKOPT.invokeExact(state, file.descriptor(), level, name, memory, Integer.BYTES);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    if (set < 0) {
      close();
      throw new IOException("a raw socket does not take its option " + level + "/" + name);
    }
  }

  /**
   * Opens one.
   *
   * @param protocol number of the IP protocol
   * @param mark of the packets that it sends (SO_MARK), 0 for none
   * @throws IOException in words for the user, if the right is missing
   */
  public static RawIpSocket open(int protocol, boolean v6, int mark) throws IOException {
    return new RawIpSocket(protocol, v6, mark);
  }

  /** Its file descriptor, for a selector; it stays the socket's. */
  public int descriptor() {
    return file.descriptor();
  }

  /** Where {@link #read} leaves a packet. */
  public MemorySegment received() {
    return in;
  }

  /** Where {@link #write} takes a packet from. */
  public MemorySegment toSend() {
    return out;
  }

  /**
   * Reads a packet with its IP header.
   *
   * @return its bytes, 0 if there is none, or -1 once the socket is closed
   */
  public int read() {
    if (!v6) {
      return file.read(in.address(), LARGEST);
    }
    MessageHeader message = received;
    message.expect(in, MessageHeader.IPV6, LARGEST - MessageHeader.IPV6);
    try {
      while (true) {
        long got = (long) RECVMSG.invokeExact(state, file.descriptor(), message.memory(), 0);
        if (got >= 0) {
          int length = (int) got;
          message.header(in, length, protocol);
          return MessageHeader.IPV6 + length;
        }
        if (!HostFile.interrupted(state)) {
          return HostFile.emptiness(state);
        }
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Sends a packet with its IP header; false if the host did not take it, or if an IPv6 packet has
   * extension headers before this protocol.
   */
  public boolean write(int length) {
    int skipped = v6 ? MessageHeader.IPV6 : 0;
    if (length <= skipped || !sent.address(out, v6, protocol)) {
      return false;
    }
    sent.data(out, skipped, length - skipped);
    try {
      return (long) SENDMSG.invokeExact(state, file.descriptor(), sent.memory(), 0)
          == length - skipped;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    file.close();
    arena.close();
  }
}
