package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** The host's network namespaces (ip-netns(8), setns(2)) and its devices (netdevice(7)). */
@SuppressWarnings("restricted") // system calls are what it is for
public final class HostNetwork {
  private static final Path NAMED = Path.of("/run/netns");
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int CLONE_NEWNET = 0x4000_0000;
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final long SIOCGIFFLAGS = 0x8913;
  private static final long SIOCSIFFLAGS = 0x8914;
  private static final long SIOCSIFMTU = 0x8922;
  private static final short IFF_UP = 1;
  private static final int NAME_BYTES = 16;
  private static final int IFREQ_BYTES = 40;

  private static final MethodHandle OPEN =
      HostFile.call("open", 2, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
  private static final MethodHandle SETNS =
      HostFile.call("setns", 0, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
  private static final MethodHandle SOCKET =
      HostFile.call("socket", 0, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
  private static final MethodHandle IOCTL =
      HostFile.call("ioctl", 2, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);

  private HostNetwork() {}

  /** What is done in a namespace. */
  @FunctionalInterface
  public interface Work<T> {
    /** Does it. */
    T run() throws IOException;
  }

  /**
   * Does something in a network namespace, on a thread that ends with it; sockets and devices that
   * are opened there stay there.
   *
   * @param namespace as {@code ip netns} names it; null for this process's own
   * @throws IOException in words for the user, if the namespace or a right is missing
   */
  public static <T> T in(@Nullable String namespace, Work<T> work) throws IOException {
    if (namespace == null) {
      return work.run();
    }
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              enter(namespace);
              return work.run();
            });
    Thread.ofPlatform().daemon().name("netns " + namespace).start(task);
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException problem) {
        throw problem;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private static void enter(String namespace) throws IOException {
    Path path = NAMED.resolve(namespace);
    if (!Files.exists(path)) {
      throw new IOException(
          "there is no network namespace '" + namespace + "'; make it: ip netns add " + namespace);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = HostFile.state(arena);
      MemorySegment name = arena.allocateFrom(path.toString());
      int opened = (int) OPEN.invokeExact(state, name, O_RDONLY_CLOEXEC);
      if (opened < 0) {
        throw refused(state, path + " cannot be opened");
      }
      int entered = (int) SETNS.invokeExact(state, opened, CLONE_NEWNET);
      IOException problem =
          entered < 0
              ? refused(state, "the network namespace '" + namespace + "' is closed")
              : null;
      HostFile.close(opened);
      if (problem != null) {
        throw problem;
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Brings a device up.
   *
   * @param mtu bytes of its longest packet, or 0 to leave that as it is
   * @throws IOException in words for the user, if there is none, or the right is missing
   */
  public static void up(String device, int mtu) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = HostFile.state(arena);
      int socket = (int) SOCKET.invokeExact(state, AF_INET, SOCK_DGRAM_CLOEXEC, 0);
      if (socket < 0) {
        throw refused(state, "a socket cannot be had");
      }
      try {
        MemorySegment request = arena.allocate(IFREQ_BYTES);
        byte[] name = device.getBytes(StandardCharsets.US_ASCII);
        MemorySegment.copy(
            name, 0, request, ValueLayout.JAVA_BYTE, 0, Math.min(name.length, NAME_BYTES - 1));
        if (mtu > 0) {
          request.set(ValueLayout.JAVA_INT, NAME_BYTES, mtu);
          ask(state, socket, SIOCSIFMTU, request, device + " does not take an MTU of " + mtu);
        }
        ask(state, socket, SIOCGIFFLAGS, request, device + " cannot be asked for its flags");
        short flags = request.get(ValueLayout.JAVA_SHORT, NAME_BYTES);
        request.set(ValueLayout.JAVA_SHORT, NAME_BYTES, (short) (flags | IFF_UP));
        ask(state, socket, SIOCSIFFLAGS, request, device + " cannot be brought up");
      } finally {
        HostFile.close(socket);
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void ask(
      MemorySegment state, int socket, long request, MemorySegment about, String complaint)
      throws Throwable {
    int answer = (int) IOCTL.invokeExact(state, socket, request, about);
    if (answer < 0) {
      throw refused(state, complaint);
    }
  }

  private static IOException refused(MemorySegment state, String what) {
    return HostFile.refused(state, what, "root or CAP_NET_ADMIN", "");
  }
}
