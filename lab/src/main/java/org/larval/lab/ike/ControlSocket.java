package org.larval.lab.ike;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.larval.lab.control.LineServer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where commands reach the daemon. A request is a line of JSON, and so is the answer; the answer to
 * {@code log} is as many lines as the asker stays for.
 */
final class ControlSocket implements AutoCloseable {
  static final ObjectMapper JSON = JsonMapper.shared();

  private static final int STILL_THERE = 2;

  /** Does what is asked for, and waits until it is done. */
  @FunctionalInterface
  interface Service {
    IkeReport answer(IkeRequest request);
  }

  private final Service service;
  private final LogBook book;
  private final LineServer server;

  /**
   * Listens.
   *
   * @throws IOException in words for the user
   */
  ControlSocket(Path path, Service service, LogBook book) throws IOException {
    this.service = service;
    this.book = book;
    server =
        LineServer.open(
            path, ": a daemon listens there already; say 'larval ike down'", this::serve);
  }

  private void serve(String line, Writer out) throws IOException {
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
  }

  private static void say(Writer out, Object answer) throws IOException {
    out.write(JSON.writeValueAsString(answer) + "\n");
    out.flush();
  }

  private void follow(Writer out) throws IOException {
    BlockingQueue<LogBook.Line> lines = book.follow();
    try {
      while (listens()) {
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

  private boolean listens() {
    return server.isOpen();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
