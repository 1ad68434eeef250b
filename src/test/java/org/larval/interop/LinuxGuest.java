package org.larval.interop;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.larval.lab.file.Attachment;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * A Linux kernel in QEMU, without hardware help, whose only NIC is ours over vhost-user, or, with
 * {@code -Dlarval.test.jvm=-Dlarval.linux.dgram=true}, a {@code dgram} netdev. Commands go over its
 * second serial port, so that one boot serves many combinations.
 */
final class LinuxGuest implements AutoCloseable {
  private static final Path BUILD = Path.of("src/test/peers/linux-guest/build.sh");
  private static final String FOLDER = "LARVAL_LINUX_GUEST";
  private static final int SKIPPED = 77;

  /** A loaded machine without KVM is slow. */
  private static final int PATIENCE_SECONDS = 180;

  private static final Pattern STATE =
      Pattern.compile(
          "proto (?:esp|ah) spi 0x([0-9a-f]+)(?s:.*?)lifetime current:\\s+\\d+\\(bytes\\),"
              + " (\\d+)\\(packets\\)");

  /** How many characters of a file go in one line of shell. */
  private static final int PIECE = 16_384;

  private static final String ANTEROOM =
      """
      lab: anteroom
      time: real
      until: 10m
      guests: {a: {nic: 10.9.0.1/24}, k: {nic: 10.9.0.2/24}}
      links: [{between: [a, k]}]
      """;

  /** What a command printed, standard output and errors together, and its exit status. */
  record Answer(int status, String text) {}

  private final Process qemu;
  private final SocketChannel commands;
  private final Attachment place;
  private final String version;
  private final StringBuilder unread = new StringBuilder();

  private LinuxGuest(Process qemu, SocketChannel commands, Attachment place) {
    this.qemu = qemu;
    this.commands = commands;
    this.place = place;
    version = until("\n").strip();
  }

  /**
   * The folder that keeps the kernel: {@code LARVAL_LINUX_GUEST}, or one among the user's caches.
   */
  static Path folder() {
    String named = System.getenv(FOLDER);
    return named != null
        ? Path.of(named)
        : Path.of(System.getProperty("user.home"), ".cache", "larval", "linux-guest");
  }

  /**
   * Builds what is not built yet; tests in other processes wait meanwhile.
   *
   * @return an empty text, or why this machine cannot
   */
  static String prepare() throws IOException, InterruptedException {
    Path lock = Files.createDirectories(folder()).resolve("lock");
    try (FileChannel file =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = file.lock()) {
      assert held.isValid();
      return build();
    }
  }

  private static String build() throws IOException, InterruptedException {
    Process build =
        new ProcessBuilder(
                "sh",
                BUILD.toString(),
                folder().toString(),
                System.getenv().getOrDefault("LARVAL_LINUX_KERNEL", "linux-image-amd64"))
            .redirectErrorStream(true)
            .start();
    String said = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = build.waitFor();
    if (status == SKIPPED) {
      return said.strip();
    }
    if (status != 0) {
      throw new IOException(BUILD + " failed: " + said);
    }
    return "";
  }

  /**
   * Boots.
   *
   * @param directory where the console's text and the command socket go
   */
  static LinuxGuest boot(Path directory) throws IOException {
    return boot(directory, "");
  }

  /**
   * The same with more words on the kernel's command line, such as {@code security=selinux}: it
   * then runs without a policy until {@link #loadPolicy}.
   */
  static LinuxGuest boot(Path directory, String words) throws IOException {
    boolean datagrams = Boolean.getBoolean("larval.linux.dgram");
    System.out.println(
        datagrams
            ? "Linux guest: over datagrams"
            : "Linux guest: over vhost-user; left to -Dlarval.linux.dgram=true: over datagrams");
    return datagrams ? bootOverDatagrams(directory, words) : bootOverVhost(directory, words);
  }

  /** One Ethernet frame in each datagram. */
  static LinuxGuest bootOverDatagrams(Path directory, String words) throws IOException {
    InetSocketAddress lab = freePort();
    InetSocketAddress own = freePort();
    String netdev =
        "dgram,id=n0,local.type=inet,local.host=127.0.0.1,local.port="
            + own.getPort()
            + ",remote.type=inet,remote.host=127.0.0.1,remote.port="
            + lab.getPort();
    return boot(directory, words, List.of("-netdev", netdev), "", new Attachment.Dgram(lab, own));
  }

  /** Its rings in its own memory; QEMU listens and the lab connects. */
  static LinuxGuest bootOverVhost(Path directory, String words) throws IOException {
    Path socket = directory.resolve("vhost");
    Attachment place = new Attachment.VhostUser(socket.toString(), true);
    // QEMU starts its machine when somebody has connected once
    try (LabRun anteroom =
        LabRun.start(
            LabFileReader.parse("anteroom.yaml", ANTEROOM),
            RunOptions.PLAIN.withOutside("k", place))) {
      LinuxGuest guest =
          boot(
              directory,
              words,
              vhost("path=" + socket + ",server=on,wait=off"),
              ",vectors=0",
              place);
      anteroom.stop();
      return guest;
    }
  }

  /** The same, but the lab listens and QEMU connects, again and again. */
  static LinuxGuest bootTowardsVhost(Path directory, Path socket) throws IOException {
    return boot(
        directory,
        "",
        vhost("path=" + socket + ",reconnect=1"),
        ",vectors=0",
        new Attachment.VhostUser(socket.toString(), false));
  }

  /** QEMU 7.2 without KVM crashes with MSI-X on such a NIC, hence {@code vectors=0}. */
  private static List<String> vhost(String socket) {
    return List.of(
        "-object",
        "memory-backend-memfd,id=mem0,size=256M,share=on",
        "-machine",
        "memory-backend=mem0",
        "-chardev",
        "socket,id=c0," + socket,
        "-netdev",
        "vhost-user,id=n0,chardev=c0");
  }

  private static LinuxGuest boot(
      Path directory, String words, List<String> netdev, String device, Attachment place)
      throws IOException {
    Path socket = directory.resolve("commands");
    List<String> line =
        new ArrayList<>(
            List.of("qemu-system-x86_64", "-machine", "pc", "-accel", "tcg", "-cpu", "max"));
    line.addAll(List.of("-m", "256", "-nodefaults", "-no-user-config", "-no-reboot"));
    line.addAll(List.of("-display", "none", "-serial", "file:" + directory.resolve("console")));
    line.addAll(List.of("-serial", "unix:" + socket + ",server=on,wait=on"));
    line.addAll(netdev);
    line.addAll(List.of("-device", "virtio-net-pci,netdev=n0,mac=02:aa:aa:aa:aa:02" + device));
    line.addAll(List.of("-kernel", folder().resolve("vmlinuz").toString()));
    line.addAll(List.of("-initrd", folder().resolve("initramfs").toString()));
    line.addAll(List.of("-append", "console=ttyS0 panic=-1 quiet " + words));
    Process qemu =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("qemu").toFile())
            .start();
    try {
      return new LinuxGuest(qemu, connect(socket, qemu), place);
    } catch (IOException | RuntimeException problem) {
      qemu.destroyForcibly();
      throw problem;
    }
  }

  private static InetSocketAddress freePort() throws IOException {
    try (DatagramSocket probe = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), probe.getLocalPort());
    }
  }

  private static SocketChannel connect(Path socket, Process qemu) throws IOException {
    while (!Files.exists(socket)) {
      try {
        if (qemu.waitFor(50, TimeUnit.MILLISECONDS)) {
          throw new IOException("QEMU ended with status " + qemu.exitValue());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return channel;
  }

  /** Ends it without a chance to say so. */
  void kill() throws InterruptedException {
    qemu.destroyForcibly().waitFor();
  }

  /** Where the lab finds it. */
  Attachment place() {
    return place;
  }

  /** What it said when it was ready: {@code ready} and its kernel's version. */
  String version() {
    return version;
  }

  /** Runs one line of shell and waits for its end. */
  Answer run(String line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      int unused = commands.write(bytes);
      assert unused >= 0;
    }
    String text = until("\u0001");
    String status = until("\n").strip();
    return new Answer(Integer.parseInt(status), text);
  }

  /** The same, for a line that must succeed. */
  String must(String line) throws IOException {
    Answer answer = run(line);
    if (answer.status() != 0) {
      throw new IOException(line + ": " + answer.text().strip());
    }
    return answer.text();
  }

  private String until(String mark) {
    CompletableFuture<String> reading = CompletableFuture.supplyAsync(() -> read(mark));
    try {
      return reading.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException | TimeoutException e) {
      qemu.destroyForcibly();
      throw new IllegalStateException("the guest does not answer; it said: " + unread, e);
    }
  }

  private String read(String mark) {
    ByteBuffer some = ByteBuffer.allocate(4096);
    while (unread.indexOf(mark) < 0) {
      some.clear();
      try {
        if (commands.read(some) < 0) {
          throw new IllegalStateException("the guest is gone");
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      unread.append(StandardCharsets.ISO_8859_1.decode(some.flip()));
    }
    int at = unread.indexOf(mark);
    String found = unread.substring(0, at);
    unread.delete(0, at + mark.length());
    return found;
  }

  /** Why NetLabel cannot be configured there, or an empty text. */
  String withoutNetlabelctl() throws IOException {
    return run("command -v netlabelctl").status() == 0
        ? ""
        : "netlabelctl is not installed (Debian: netlabel-tools)";
  }

  /** Lets SELinux decide by a binary policy from now on. */
  void loadPolicy(byte[] image) throws IOException {
    must("rm -f /tmp/policy.text");
    String text = Base64.getEncoder().encodeToString(image);
    for (int at = 0; at < text.length(); at += PIECE) {
      must(
          "echo "
              + text.substring(at, Math.min(text.length(), at + PIECE))
              + " >> /tmp/policy.text");
    }
    must("base64 -d /tmp/policy.text > /tmp/policy");
    must("dd if=/tmp/policy of=/sys/fs/selinux/load bs=16M");
  }

  /** The counters of /proc/net/xfrm_stat, in their order. */
  Map<String, Long> xfrmStat() throws IOException {
    Map<String, Long> all = new LinkedHashMap<>();
    for (String line : must("cat /proc/net/xfrm_stat").lines().toList()) {
      List<String> words = List.of(line.strip().split("\\s+", -1));
      all.put(words.getFirst(), Long.parseLong(words.getLast()));
    }
    return all;
  }

  /** Packets of each ESP and AH state, by its SPI. */
  Map<Integer, Long> statePackets() throws IOException {
    Map<Integer, Long> all = new TreeMap<>();
    Matcher state = STATE.matcher(must("ip -s xfrm state"));
    while (state.find()) {
      all.put(Integer.parseUnsignedInt(state.group(1), 16), Long.parseLong(state.group(2)));
    }
    return all;
  }

  @Override
  public void close() throws IOException {
    commands.close();
    qemu.destroyForcibly();
  }
}
