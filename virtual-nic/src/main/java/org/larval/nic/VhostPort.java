package org.larval.nic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;

/**
 * Where a vhost-user frontend plugs in: a Unix socket that we listen on, or connect to again and
 * again. One frontend at a time; the next one waits until it is gone. All on the lab's loop.
 */
public final class VhostPort implements RingPort {
  /** Messages that are answered before others have their turn. */
  private static final int AT_ONCE = 64;

  private static final long FIRST_RETRY = 100_000_000;
  private static final long LONGEST_RETRY = 2_000_000_000;

  private final Path path;
  private final boolean connects;
  private final VhostNic nic;
  private final VhostLoop loop;
  private final Doorbell lab;
  private final Effects out;
  private final byte[] bytes = new byte[VhostMessage.HEADER + VhostMessage.LONGEST];
  private int filled;
  private int[] descriptors = {};
  private final PlugSocket listening;
  private @Nullable UnixSocket socket;
  private VhostLoop.@Nullable Watch watch;
  private @Nullable VhostSession session;
  private long retry = FIRST_RETRY;
  private boolean closed;

  /**
   * A port for a NIC.
   *
   * @param connects whether the frontend listens and we connect
   * @param lab asks for a turn of the NIC's {@link LabFace#drain}
   * @param out takes the frames and the {@link NicNews}
   */
  public VhostPort(
      Path path, boolean connects, VhostNic nic, VhostLoop loop, Doorbell lab, Effects out) {
    this.path = path;
    this.connects = connects;
    this.nic = nic;
    this.loop = loop;
    this.lab = lab;
    this.out = out;
    listening = new PlugSocket(path, UnixSocket.Kind.STREAM, loop, this::plug);
  }

  @Override
  public void open() throws IOException {
    if (connects) {
      connect();
    } else {
      listening.open();
    }
  }

  private void connect() {
    if (closed) {
      return;
    }
    try {
      plug(UnixSocket.connect(path));
      retry = FIRST_RETRY;
    } catch (IOException nobody) {
      loop.after(retry, this::connect);
      retry = Math.min(LONGEST_RETRY, 2 * retry);
    }
  }

  private void plug(UnixSocket connected) {
    filled = 0;
    socket = connected;
    session = new VhostSession(nic, loop, lab, out, () -> end(VhostFault.BAD_DOORBELL));
    out.emit(new NicNews.Connected(nic.name()));
    try {
      watch = loop.watch(connected.descriptor(), this::readable);
    } catch (IOException problem) {
      end(VhostFault.GONE);
    }
  }

  private void readable() {
    for (int i = 0; i < AT_ONCE; i++) {
      UnixSocket from = socket;
      VhostSession with = session;
      if (from == null || with == null) {
        return;
      }
      try {
        if (!receive(from, with)) {
          return;
        }
      } catch (VhostFault.Refused refused) {
        end(refused.fault());
        return;
      }
    }
  }

  /** Receives as much of a message as is there. False if nothing is. */
  private boolean receive(UnixSocket from, VhostSession with) throws VhostFault.Refused {
    int wanted = filled < VhostMessage.HEADER ? VhostMessage.HEADER : total();
    int got = from.receive(bytes, filled, wanted - filled);
    if (got < 0) {
      throw new VhostFault.Refused(filled == 0 ? VhostFault.GONE : VhostFault.CUT_SHORT);
    }
    take(from.takenDescriptors());
    if (from.truncated() || descriptors.length > UnixSocket.MOST_DESCRIPTORS) {
      throw new VhostFault.Refused(VhostFault.DESCRIPTORS_TRUNCATED);
    }
    filled += got;
    if (filled < VhostMessage.HEADER) {
      return got > 0;
    }
    if (filled == total()) {
      answer(from, with);
    }
    return got > 0;
  }

  private void take(int[] more) {
    if (more.length > 0) {
      int had = descriptors.length;
      descriptors = Arrays.copyOf(descriptors, had + more.length);
      System.arraycopy(more, 0, descriptors, had, more.length);
    }
  }

  /** Bytes of the message whose header is there. */
  private int total() throws VhostFault.Refused {
    ByteBuffer header = header();
    int flags = header.getInt(4);
    if ((flags & VhostMessage.VERSION_MASK) != VhostMessage.VERSION) {
      throw new VhostFault.Refused(VhostFault.WRONG_VERSION);
    }
    if ((flags & VhostMessage.REPLY) != 0) {
      throw new VhostFault.Refused(VhostFault.UNASKED_REPLY);
    }
    int payload = header.getInt(8);
    if (payload < 0 || payload > VhostMessage.LONGEST) {
      throw new VhostFault.Refused(VhostFault.MESSAGE_TOO_LONG);
    }
    return VhostMessage.HEADER + payload;
  }

  private ByteBuffer header() {
    return ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.nativeOrder());
  }

  private void answer(UnixSocket to, VhostSession with) throws VhostFault.Refused {
    ByteBuffer header = header();
    ByteBuffer payload =
        header
            .slice(VhostMessage.HEADER, filled - VhostMessage.HEADER)
            .order(java.nio.ByteOrder.nativeOrder());
    VhostMessage message =
        new VhostMessage(
            header.getInt(0), (header.getInt(4) & VhostMessage.NEED_REPLY) != 0, payload);
    int[] came = descriptors;
    descriptors = new int[0];
    filled = 0;
    byte[] reply = with.handle(message, came);
    if (reply != null && !to.send(reply)) {
      throw new VhostFault.Refused(VhostFault.REPLIES_UNREAD);
    }
  }

  private void end(VhostFault fault) {
    unplug();
    out.emit(new NicNews.Disconnected(nic.name(), fault));
    if (closed) {
      return;
    }
    if (connects) {
      loop.after(retry, this::connect);
    } else {
      listening.next();
    }
  }

  private void unplug() {
    if (watch != null) {
      watch.close();
      watch = null;
    }
    if (session != null) {
      session.close();
      session = null;
    }
    for (int descriptor : descriptors) {
      HostFile.close(descriptor);
    }
    descriptors = new int[0];
    if (socket != null) {
      socket.close();
      socket = null;
    }
  }

  /** Lets go of the frontend and of the socket's path; on the loop. */
  @Override
  public void close() {
    closed = true;
    unplug();
    listening.close();
  }
}
