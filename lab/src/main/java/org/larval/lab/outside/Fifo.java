package org.larval.lab.outside;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.larval.nic.Doorbell;
import org.larval.nic.NamedPipe;

/**
 * A doorbell between two processes: a FIFO beside a netfile. A byte in it is a ring; how many there
 * are does not matter, so a full FIFO needs no more.
 */
final class Fifo implements EpollIoHandle, Doorbell {
  /** As much as a pipe holds, so that one read empties it. */
  private static final int BYTES = 65_536;

  private final FileDescriptor descriptor;
  private final Doorbell heard;
  private final ByteBuffer in = ByteBuffer.allocateDirect(BYTES);
  private final ByteBuffer out = ByteBuffer.allocateDirect(1);
  private @Nullable IoRegistration registration;
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
  void listen(IoEventLoop loop) {
    loop.register(this)
        .addListener(
            future -> {
              if (future.isSuccess()) {
                registered((IoRegistration) future.getNow());
              }
            });
  }

  private void registered(IoRegistration at) {
    registration = at;
    if (closed) {
      boolean cancelled = at.cancel();
      assert cancelled;
    } else {
      at.submit(EpollIoOps.EPOLLIN);
    }
  }

  @Override
  public FileDescriptor fd() {
    return descriptor;
  }

  @Override
  public void handle(IoRegistration at, IoEvent event) {
    try {
      int read = descriptor.read(in, 0, BYTES);
      if (read > 0 && !closed) {
        heard.ring();
      }
    } catch (IOException broken) {
      boolean cancelled = at.cancel(); // whoever broke it can still be polled
      assert cancelled;
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
    IoRegistration registered = registration;
    if (registered != null) {
      boolean cancelled = registered.cancel();
      assert cancelled;
    }
    try {
      descriptor.close();
    } catch (IOException e) {
      // nothing was waiting in it
    }
  }
}
