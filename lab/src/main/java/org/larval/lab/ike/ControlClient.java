package org.larval.lab.ike;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.larval.lab.control.LineClient;

/** Talks to a daemon that runs. */
public final class ControlClient {
  private ControlClient() {}

  private static LineClient client(Path socket, IkeRequest request) throws IOException {
    return new LineClient(socket, ControlSocket.JSON.writeValueAsString(request));
  }

  /**
   * Asks for something.
   *
   * @throws IOException if no daemon listens there, or it went away
   */
  public static IkeReport ask(Path socket, IkeRequest request) throws IOException {
    try (LineClient asked = client(socket, request)) {
      String line = asked.answer().readLine();
      if (line == null) {
        throw new IOException("the daemon went away");
      }
      return ControlSocket.JSON.readValue(line, IkeReport.class);
    }
  }

  /**
   * Follows the log until the daemon ends.
   *
   * @param lines gets each line as it is for people, and as it came
   * @throws IOException if no daemon listens there
   */
  public static void follow(Path socket, BiConsumer<String, String> lines) throws IOException {
    IkeRequest request = new IkeRequest(IkeRequest.Verb.LOG, null, null, 0);
    try (LineClient asked = client(socket, request)) {
      BufferedReader in = asked.answer();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (!line.isEmpty()) {
          lines.accept(ControlSocket.JSON.readValue(line, LogBook.Line.class).toString(), line);
        }
      }
    }
  }

  /** What a daemon answered, for people. */
  public static String text(IkeReport report) {
    return StatusReport.text(report);
  }
}
