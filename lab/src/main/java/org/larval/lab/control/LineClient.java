package org.larval.lab.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** One request to a {@link LineServer}, and the lines of its answer. */
public final class LineClient implements AutoCloseable {
  private final SocketChannel channel;
  private final BufferedReader answer;

  /**
   * Asks.
   *
   * @throws IOException if nobody listens there
   */
  public LineClient(Path socket, String request) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    ByteBuffer bytes = ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      int written = channel.write(bytes);
      assert written >= 0;
    }
    answer =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
  }

  /** The lines, as they come. */
  public BufferedReader answer() {
    return answer;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
