package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
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
  private static final int IFF_TAP = 2;
  private static final int IFF_NO_PI = 0x1000;
  private static final int NAME_BYTES = 16;
  private static final int IFREQ_BYTES = 40;

  private static final MethodHandle OPEN =
      HostFile.call("open", 2, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
  private static final MethodHandle IOCTL =
      HostFile.call("ioctl", 2, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);

  private final HostFile file;
  private final String name;

  private TunDevice(String name, int flags, int kind) throws IOException {
    this.name = name;
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length == 0 || bytes.length >= NAME_BYTES) {
      throw new IOException("'" + name + "' is no name of a device; give 1 to 15 characters");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(IFREQ_BYTES);
      MemorySegment.copy(bytes, 0, request, ValueLayout.JAVA_BYTE, 0, bytes.length);
      request.set(ValueLayout.JAVA_SHORT, NAME_BYTES, (short) (kind | IFF_NO_PI));
      MemorySegment state = HostFile.state(arena);
      int opened = (int) OPEN.invokeExact(state, arena.allocateFrom("/dev/net/tun"), flags);
      if (opened < 0) {
        throw refused(state, "/dev/net/tun cannot be opened");
      }
      file = new HostFile(opened);
      int set = (int) IOCTL.invokeExact(state, opened, TUNSETIFF, request);
      if (set < 0) {
        IOException problem = refused(state, "the TUN device " + name + " cannot be had");
        file.close();
        throw problem;
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static IOException refused(MemorySegment state, String what) {
    return HostFile.refused(
        state, what, "root or CAP_NET_ADMIN", "; load the module tun, or run as root");
  }

  /**
   * Opens a device and makes it if there is none of this name.
   *
   * @throws IOException in words for the user, if the right or the driver is missing
   */
  public static TunDevice open(String name) throws IOException {
    return new TunDevice(name, O_RDWR, IFF_TUN);
  }

  /**
   * The same, for a selector that says when there is something to read: {@link #read} does not wait
   * but answers 0.
   *
   * @throws IOException in words for the user, if the right or the driver is missing
   */
  public static TunDevice openForSelector(String name) throws IOException {
    return new TunDevice(name, O_RDWR | O_NONBLOCK, IFF_TUN);
  }

  /**
   * A TAP device, for a selector: Ethernet frames instead of packets.
   *
   * @throws IOException in words for the user, if the right or the driver is missing
   */
  public static TunDevice openTapForSelector(String name) throws IOException {
    return new TunDevice(name, O_RDWR | O_NONBLOCK, IFF_TAP);
  }

  /**
   * Waits for a packet.
   *
   * @param address native memory of at least {@code room} bytes, which the caller owns
   * @return its bytes, 0 if there is none and it does not wait, or -1 once the device is closed or
   *     gone
   */
  public int read(long address, int room) {
    return file.read(address, room);
  }

  /** Gives a packet to the host; false if the host did not take it. */
  public boolean write(long address, int length) {
    return file.write(address, length);
  }

  /** Its file descriptor, for a selector; it stays the device's. */
  public int descriptor() {
    return file.descriptor();
  }

  /** The device's name. */
  public String name() {
    return name;
  }

  /** Closes it. Not while a thread waits in {@link #read}: end the process for that. */
  @Override
  public void close() {
    file.close();
  }
}
