package org.larval.lab.ike;

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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where commands reach the daemon: a Unix socket for its owner only. A request is a line of JSON,
 * and so is the answer; the answer to {@code log} is as many lines as the asker stays for.
 */
final class ControlSocket implements AutoCloseable {
  static final ObjectMapper JSON = JsonMapper.shared();

  private static final int LONGEST_PATH = 100;
  private static final int LONGEST_REQUEST = 4096;
  private static final int STILL_THERE = 2;

  /** Does what is asked for, and waits until it is done. */
  @FunctionalInterface
  interface Service {
    IkeReport answer(IkeRequest request);
  }

  private final Path path;
  private final ServerSocketChannel server;
  private final Service service;
  private final LogBook book;

  private ControlSocket(Path path, ServerSocketChannel server, Service service, LogBook book) {
    this.path = path;
    this.server = server;
    this.service = service;
    this.book = book;
  }

  /**
   * Listens.
   *
   * @throws IOException in words for the user
   */
  static ControlSocket open(Path path, Service service, LogBook book) throws IOException {
    if (path.toString().length() > LONGEST_PATH) {
      throw new IOException("the path " + path + " is too long for a socket; give --socket");
    }
    if (Files.exists(path)) {
      if (answers(path)) {
        throw new IOException("a daemon listens at " + path + " already; say 'larval ike down'");
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
    ControlSocket socket = new ControlSocket(moved, server, service, book);
    Thread unused = Thread.ofPlatform().daemon().name("control").start(socket::accept);
    assert unused.isDaemon();
    return socket;
  }

  private static boolean answers(Path path) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
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
      if (line == null) {
        return;
      }
      IkeRequest request;
      try {
        request = JSON.readValue(line, IkeRequest.class);
      } catch (JacksonException problem) {
        say(out, IkeReport.failed("the request is not understood"));
        return;
      }
      if (request.verb() == IkeRequest.Verb.LOG) {
        follow(out);
      } else {
        say(out, service.answer(request));
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

  private static void say(Writer out, Object answer) throws IOException {
    out.write(JSON.writeValueAsString(answer) + "\n");
    out.flush();
  }

  private void follow(Writer out) throws IOException {
    BlockingQueue<LogBook.Line> lines = book.follow();
    try {
      while (server.isOpen()) {
        LogBook.Line line = lines.poll(STILL_THERE, TimeUnit.SECONDS);
        if (line != null) {
          say(out, line);
        } else {
          // an empty line finds out whether the asker is there
          out.write("\n");
          out.flush();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      book.leave(lines);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    boolean unused = Files.deleteIfExists(path);
    assert unused || !Files.exists(path);
  }
}
