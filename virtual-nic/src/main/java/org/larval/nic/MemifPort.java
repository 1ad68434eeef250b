package org.larval.nic;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;

/**
 * Where a memif client plugs in: a Unix socket of whole messages on which we listen. One client at
 * a time; the next one waits until it is gone. All on the lab's loop.
 */
public final class MemifPort implements RingPort {
  /** Bytes of the longest secret. */
  public static final int LONGEST_SECRET = 24;

  /** Messages that are answered before others have their turn. */
  private static final int AT_ONCE = 64;

  private final int id;
  private final byte[] secret;
  private final MemifNic nic;
  private final VhostLoop loop;
  private final Doorbell lab;
  private final Effects out;

  /** One byte more than a message has tells those that are too long. */
  private final byte[] bytes = new byte[MemifSession.MESSAGE + 1];

  private final PlugSocket listening;
  private @Nullable UnixSocket socket;
  private VhostLoop.@Nullable Watch watch;
  private @Nullable MemifSession session;

  /**
   * A port for a NIC.
   *
   * @param id the interface that a client must name, 32 bits
   * @param secret what it must know, at most {@link #LONGEST_SECRET} bytes; none: anybody may come
   * @param lab asks for a turn of the NIC's {@link LabFace#drain}
   * @param out takes the frames and the {@link NicNews}
   */
  public MemifPort(
      Path path, int id, byte[] secret, MemifNic nic, VhostLoop loop, Doorbell lab, Effects out) {
    if (secret.length > LONGEST_SECRET) {
      throw new IllegalArgumentException("a secret of " + secret.length + " bytes");
    }
    this.id = id;
    this.secret = Arrays.copyOf(secret, LONGEST_SECRET);
    this.nic = nic;
    this.loop = loop;
    this.lab = lab;
    this.out = out;
    listening = new PlugSocket(path, UnixSocket.Kind.SEQPACKET, loop, this::plug);
  }

  @Override
  public void open() throws IOException {
    listening.open();
  }

  private void plug(UnixSocket connected) {
    socket = connected;
    session = new MemifSession(id, secret, nic, loop, lab, out, fault -> failed(connected, fault));
    out.emit(new NicNews.Connected(nic.name()));
    try {
      watch = loop.watch(connected.descriptor(), this::readable);
    } catch (IOException problem) {
      throw new IllegalStateException(problem); // sockets can always be waited for
    }
    if (!connected.send(MemifSession.hello())) {
      end(MemifFault.GONE);
    }
  }

  /** Rings break while frames are handled: whoever handles them comes to an end first. */
  private void failed(UnixSocket with, MemifFault fault) {
    loop.after(
        0,
        () -> {
          if (socket == with) {
            end(fault);
          }
        });
  }

  private void readable() {
    for (int i = 0; i < AT_ONCE; i++) {
      UnixSocket from = socket;
      MemifSession with = session;
      if (from == null || with == null) {
        return;
      }
      int got = from.receive(bytes, 0, bytes.length);
      int[] descriptors = from.takenDescriptors();
      if (got == 0) {
        return;
      }
      try {
        if (!from.send(with.handle(bytes, got, descriptors))) {
          throw new MemifFault.Refused(MemifFault.GONE);
        }
      } catch (MemifFault.Refused refused) {
        end(refused.fault());
        return;
      }
    }
  }

  private void end(MemifFault fault) {
    unplug(fault.sentence());
    out.emit(new NicNews.Disconnected(nic.name(), fault));
    listening.next();
  }

  private void unplug(String reason) {
    if (watch != null) {
      watch.close();
      watch = null;
    }
    if (session != null) {
      session.close();
      session = null;
    }
    if (socket != null) {
      boolean ignored = socket.send(MemifSession.goodbye(reason)); // it may be gone
      socket.close();
      socket = null;
    }
  }

  /** Sends the client away and lets go of the socket's path; on the loop. */
  @Override
  public void close() {
    unplug("the lab ends");
    listening.close();
  }
}
