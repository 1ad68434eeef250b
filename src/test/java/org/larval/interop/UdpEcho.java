package org.larval.interop;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A process in a network namespace that answers a datagram, and one that asks it. */
final class UdpEcho implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 5000;

  private final Process process;

  private UdpEcho(Process process) {
    this.process = process;
  }

  static UdpEcho start(String namespace, String address, int port) throws IOException {
    Process process =
        new ProcessBuilder(Commands.in(namespace, words("answer", address, port)))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int ready = process.getInputStream().read();
    if (ready < 0) {
      throw new IOException("the echo does not start");
    }
    return new UdpEcho(process);
  }

  private static String[] words(String verb, String address, int port) {
    return new String[] {
      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-cp",
      System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
      UdpEcho.class.getName(),
      verb,
      address,
      Integer.toString(port)
    };
  }

  /** What the echo says to a question, or why it does not. */
  static String ask(String namespace, String address, int port) throws IOException {
    return Commands.run(Commands.in(namespace, words("ask", address, port))).text().strip();
  }

  boolean alive() {
    return process.isAlive();
  }

  /** One of the two processes. */
  public static void main(String[] words) throws IOException {
    InetAddress address = InetAddress.getByName(words[1]);
    int port = Integer.parseInt(words[2]);
    DatagramPacket packet = new DatagramPacket(new byte[100], 100);
    if (words[0].equals("ask")) {
      try (DatagramSocket socket = new DatagramSocket()) {
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(address, port);
        byte[] question = "is anybody there?".getBytes(StandardCharsets.UTF_8);
        socket.send(new DatagramPacket(question, question.length));
        socket.receive(packet);
        System.out.println(
            new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8));
      }
      return;
    }
    try (DatagramSocket socket = new DatagramSocket(port, address)) {
      System.out.println("ready");
      while (true) {
        socket.receive(packet);
        byte[] answer = "heard".getBytes(StandardCharsets.UTF_8);
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      }
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
