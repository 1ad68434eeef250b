package org.larval.nic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A Unix socket on which we listen for whoever brings the rings of a NIC. One at a time; the next
 * one waits until it is gone.
 */
final class PlugSocket implements AutoCloseable {
  private final Path path;
  private final UnixSocket.Kind kind;
  private final VhostLoop loop;
  private final Consumer<UnixSocket> plugged;
  private @Nullable UnixSocket listening;
  private VhostLoop.@Nullable Watch watch;

  /**
   * A socket that does not listen yet.
   *
   * @param plugged takes each connection over
   */
  PlugSocket(Path path, UnixSocket.Kind kind, VhostLoop loop, Consumer<UnixSocket> plugged) {
    this.path = path;
    this.kind = kind;
    this.loop = loop;
    this.plugged = plugged;
  }

  /**
   * Listens.
   *
   * @throws IOException in words for the user
   */
  void open() throws IOException {
    listening = UnixSocket.listen(path, kind);
    next();
  }

  private void accept() {
    UnixSocket from = listening;
    UnixSocket accepted = from == null || watch == null ? null : from.accept();
    if (accepted != null) {
      unwatch();
      plugged.accept(accepted);
    }
  }

  private void unwatch() {
    if (watch != null) {
      watch.close();
      watch = null;
    }
  }

  /** The last one is gone: the next one may come. */
  void next() {
    UnixSocket from = listening;
    if (from != null) {
      try {
        watch = loop.watch(from.descriptor(), this::accept);
      } catch (IOException problem) {
        throw new IllegalStateException(problem); // sockets can always be waited for
      }
    }
  }

  /** Lets go of the path. */
  @Override
  public void close() {
    unwatch();
    UnixSocket from = listening;
    if (from != null) {
      listening = null;
      from.close();
      try {
        Files.deleteIfExists(path);
      } catch (IOException left) {
        // the next one to listen here removes it
      }
    }
  }
}
