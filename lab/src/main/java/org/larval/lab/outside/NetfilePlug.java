package org.larval.lab.outside;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.RealTimeline;
import org.larval.nic.Doorbell;
import org.larval.nic.Netfile;
import org.larval.nic.NetfileInUse;
import org.larval.nic.NicGeometry;
import org.larval.wire.MacAddress;

/**
 * One end of a netfile with its doorbells: {@code FILE.kick}, which the guest rings, and {@code
 * FILE.call}, which the lab rings. Neither end needs the other: it looks by itself now and then,
 * for a guest that has no doorbells, or died before it rang.
 */
public final class NetfilePlug implements AutoCloseable {
  /** How long a frame waits at most if nobody rings. */
  private static final long LOOK = 50_000_000L;

  private static final int TRIES = 100;
  private static final long BETWEEN_TRIES = 20_000_000L;
  private static final int DESCRIPTORS = 1024;
  private static final int BUFFER = 2048;

  /** Ethernet's header, and that of virtio. */
  private static final int AROUND_PACKET = 26;

  private static final int ALIGNMENT = 64;

  private final Netfile file;
  private final Fifo far;
  private final Fifo near;

  private NetfilePlug(Netfile file, Fifo far, Fifo near) {
    this.file = file;
    this.far = far;
    this.near = near;
  }

  /**
   * Opens an end of a file.
   *
   * @param heard rung on the loop when the other end rings, and now and then
   * @throws IOException if the file is not as it should be, or another process has this end
   */
  public static NetfilePlug open(Path path, Netfile.End end, Doorbell heard) throws IOException {
    Netfile file = opened(path, end);
    Fifo kick = null;
    try {
      boolean lab = end == Netfile.End.LAB;
      kick = Fifo.open(beside(path, ".kick"), lab ? heard : Doorbell.NONE);
      Fifo call = Fifo.open(beside(path, ".call"), lab ? Doorbell.NONE : heard);
      return lab ? new NetfilePlug(file, call, kick) : new NetfilePlug(file, kick, call);
    } catch (IOException problem) {
      file.close();
      if (kick != null) {
        kick.close();
      }
      throw problem;
    }
  }

  /**
   * A netfile, without doorbells; waits a moment for a process that formats the file, or that was
   * killed and is not gone yet.
   *
   * @throws IOException as {@link Netfile#open}
   */
  public static Netfile opened(Path path, Netfile.End end) throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return Netfile.open(path, end);
      } catch (NetfileInUse problem) {
        if (tries == TRIES) {
          throw problem;
        }
        LockSupport.parkNanos(BETWEEN_TRIES);
      }
    }
  }

  private static Path beside(Path path, String ending) {
    return path.resolveSibling(path.getFileName() + ending);
  }

  /** Makes a netfile, or formats an empty file; one that is formatted stays as it is. */
  static void format(Path path, MacAddress mac, int mtu) throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    int buffer = Math.max(BUFFER, (mtu + AROUND_PACKET + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    for (int tries = 0; tries < TRIES && !isFormatted(path); tries++) {
      try {
        Netfile.format(path, mac, NicGeometry.of(DESCRIPTORS, buffer), mtu);
      } catch (FileAlreadyExistsException taken) {
        return;
      } catch (NetfileInUse problem) {
        LockSupport.parkNanos(BETWEEN_TRIES); // a guest looks whether it is formatted
      }
    }
  }

  /** By an earlier lab, say, whose place this one takes; it is checked when it is opened. */
  private static boolean isFormatted(Path path) throws IOException {
    return Files.exists(path) && Files.size(path) > 0;
  }

  /** The file. */
  public Netfile file() {
    return file;
  }

  /** Wakes the other end. */
  public Doorbell far() {
    return far;
  }

  /** From now on rings are heard. On the loop. */
  public void listen(RealTimeline timeline, Doorbell heard) {
    near.listen(Site.epoll(timeline));
    Alarm alarm =
        timeline.alarm(
            now -> {
              heard.ring();
              return now + LOOK;
            });
    timeline.arm(alarm, timeline.now()); // what happened before
  }

  /** Unmaps the file; on the loop. */
  @Override
  public void close() throws IOException {
    near.close();
    far.close();
    file.close();
  }
}
