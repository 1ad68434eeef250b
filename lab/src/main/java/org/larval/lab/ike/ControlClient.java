package org.larval.lab.ike;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.BiConsumer;

/** Talks to a daemon that runs. */
public final class ControlClient {
  private ControlClient() {}

  private static BufferedReader ask(SocketChannel channel, IkeRequest request) throws IOException {
    String line = ControlSocket.JSON.writeValueAsString(request) + "\n";
    ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      int written = channel.write(bytes);
      assert written >= 0;
    }
    return new BufferedReader(
        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
  }

  /**
   * Asks for something.
   *
   * @throws IOException if no daemon listens there, or it went away
   */
  public static IkeReport ask(Path socket, IkeRequest request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        BufferedReader in = ask(channel, request)) {
      String line = in.readLine();
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
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        BufferedReader in = ask(channel, request)) {
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
