package org.larval.lab.time;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Waits on a loop for a file descriptor that somebody else owns and reads. To be made, called and
 * closed on that loop.
 */
public final class LoopWatch implements EpollIoHandle {
  private final FileDescriptor descriptor;
  private final Runnable readable;
  private @Nullable IoRegistration registration;

  private LoopWatch(int number, Runnable readable) {
    descriptor = new FileDescriptor(number);
    this.readable = readable;
  }

  /**
   * Calls back on the loop, again and again while the descriptor can be read.
   *
   * @throws IOException if it is of a kind that cannot be waited for, or the loop has no epoll
   */
  public static LoopWatch on(EventLoop loop, int number, Runnable readable) throws IOException {
    if (!(loop instanceof IoEventLoop io) || !io.isIoType(EpollIoHandler.class)) {
      throw new IOException("file descriptors need Netty's epoll, which is not there");
    }
    LoopWatch watch = new LoopWatch(number, readable);
    Future<IoRegistration> registered = io.register(watch);
    if (!registered.isSuccess()) {
      throw new IOException("the descriptor cannot be waited for", registered.cause());
    }
    IoRegistration made = registered.getNow();
    watch.registration = made;
    made.submit(EpollIoOps.EPOLLIN);
    return watch;
  }

  @Override
  public FileDescriptor fd() {
    return descriptor;
  }

  @Override
  public void handle(IoRegistration at, IoEvent event) {
    if (registration != null) {
      readable.run();
    }
  }

  /** Waits no longer; the descriptor stays open. */
  @Override
  public void close() {
    IoRegistration made = registration;
    registration = null;
    if (made != null) {
      made.cancel();
    }
  }
}
