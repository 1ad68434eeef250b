package org.larval.lab.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * Where commands reach a program that runs: a Unix socket for its owner only. A request is a line;
 * what the answer is, is the service's to decide. Each asker has a thread of its own.
 */
public final class LineServer implements AutoCloseable {
  private static final int LONGEST_PATH = 100;
  private static final int LONGEST_REQUEST = 4096;

  /** Answers requests. */
  @FunctionalInterface
  public interface Service {
    /**
     * Answers one.
     *
     * @throws IOException if the asker is gone
     */
    void serve(String request, Writer answer) throws IOException;
  }

  private final Path path;
  private final ServerSocketChannel server;
  private final Service service;

  private LineServer(Path path, ServerSocketChannel server, Service service) {
    this.path = path;
    this.server = server;
    this.service = service;
  }

  /**
   * Listens.
   *
   * @param taken what to say, after the path, if somebody listens there already
   * @throws IOException in words for the user
   */
  public static LineServer open(Path path, String taken, Service service) throws IOException {
    if (path.toString().length() > LONGEST_PATH) {
      throw new IOException("the path " + path + " is too long for a socket; give --socket");
    }
    if (Files.exists(path)) {
      if (answers(path)) {
        throw new IOException(path + taken);
      }
      Files.delete(path);
    }
    Path parent = path.toAbsolutePath().getParent();
    Path nursery = Files.createTempDirectory(parent == null ? Path.of("/") : parent, ".larval");
    Path young = nursery.resolve("s");
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    // born in a folder that only its owner may enter, so that nobody comes before the lock
    server.bind(UnixDomainSocketAddress.of(young));
    Files.setPosixFilePermissions(young, PosixFilePermissions.fromString("rw-------"));
    Path moved = Files.move(young, path, StandardCopyOption.REPLACE_EXISTING);
    Files.delete(nursery);
    LineServer made = new LineServer(moved, server, service);
    Thread unused = Thread.ofPlatform().daemon().name("control").start(made::accept);
    assert unused.isDaemon();
    return made;
  }

  /** Whether somebody listens at a path. */
  public static boolean answers(Path path) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether it still listens. */
  public boolean isOpen() {
    return server.isOpen();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel channel = server.accept();
        Thread unused = Thread.ofVirtual().start(() -> serve(channel));
        assert unused.isVirtual();
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(SocketChannel channel) {
    try (channel;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
        Writer out =
            new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8)) {
      String line = line(in);
      if (line != null) {
        service.serve(line, out);
      }
    } catch (IOException e) {
      // the asker is gone
    }
  }

  private static @Nullable String line(BufferedReader in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < LONGEST_REQUEST) {
      int c = in.read();
      if (c < 0) {
        return null;
      }
      if (c == '\n') {
        return line.toString();
      }
      line.append((char) c);
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    server.close();
    boolean unused = Files.deleteIfExists(path);
    assert unused || !Files.exists(path);
  }
}
