package org.larval.lab.outside;

import io.netty.channel.EventLoop;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.larval.lab.time.LoopWatch;
import org.larval.nic.Doorbell;
import org.larval.nic.NamedPipe;

/**
 * A doorbell between two processes: a FIFO beside a netfile. A byte in it is a ring; how many there
 * are does not matter, so a full FIFO needs no more.
 */
final class Fifo implements Doorbell, AutoCloseable {
  /** As much as a pipe holds, so that one read empties it. */
  private static final int BYTES = 65_536;

  private final FileDescriptor descriptor;
  private final Doorbell heard;
  private final ByteBuffer in = ByteBuffer.allocateDirect(BYTES);
  private final ByteBuffer out = ByteBuffer.allocateDirect(1);
  private @Nullable LoopWatch watch;
  private boolean closed;

  private Fifo(FileDescriptor descriptor, Doorbell heard) {
    this.descriptor = descriptor;
    this.heard = heard;
  }

  /** One end of a doorbell; {@code heard} is rung on the loop once it {@link #listen}s. */
  static Fifo open(Path path, Doorbell heard) throws IOException {
    return new Fifo(new FileDescriptor(NamedPipe.open(path)), heard);
  }

  /** From now on rings are heard. On the loop. */
  void listen(EventLoop loop) {
    try {
      watch = LoopWatch.on(loop, descriptor.intValue(), this::hear);
    } catch (IOException problem) {
      throw new IllegalStateException(problem); // every FIFO can be waited for
    }
  }

  private void hear() {
    try {
      int read = descriptor.read(in, 0, BYTES);
      if (read > 0 && !closed) {
        heard.ring();
      }
    } catch (IOException broken) {
      unwatch(); // whoever broke it can still be polled
    }
  }

  private void unwatch() {
    LoopWatch watching = watch;
    watch = null;
    if (watching != null) {
      watching.close();
    }
  }

  @Override
  public void ring() {
    if (closed) {
      return;
    }
    try {
      int written = descriptor.write(out, 0, 1); // 0: it is full of rings already
      assert written >= 0;
    } catch (IOException e) {
      // the other end looks from time to time
    }
  }

  /** On the loop, or where it never listened. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    unwatch();
    try {
      descriptor.close();
    } catch (IOException e) {
      // nothing was waiting in it
    }
  }
}
