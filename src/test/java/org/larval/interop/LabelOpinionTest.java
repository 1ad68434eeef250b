package org.larval.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.cipso.NetLabel;
import org.larval.cipso.SidDictionary;
import org.larval.cipso.grammar.NetlabelRunner;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.labels.Sids;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/** tshark and scapy read the labels that we put on packets as what we meant. */
@Tag("interop")
class LabelOpinionTest {
  private static final int LEVELS = 150;
  private static final String LINES =
      """
      cipso add pass doi:1 tags:1
      cipso add pass doi:2000 tags:2
      cipso add pass doi:4000000000 tags:5
      calipso add pass doi:77
      map add domain:one_t protocol:cipso,1
      map add domain:two_t protocol:cipso,2000
      map add domain:five_t protocol:cipso,4000000000
      map add domain:one_t protocol:calipso,77
      """;

  @TempDir Path directory;

  private final Random random = new Random(5570);
  private final Sids sids = new Sids();
  private final NetLabel netLabel = new NetLabel(new SidDictionary(sids, SidDictionary.NETMSG));
  private final PacketPool pool = new PacketPool(new UnpooledByteBufAllocator(false), false);
  private final List<byte[]> packets = new ArrayList<>();
  private final List<String> meant = new ArrayList<>();
  private int refused;

  private void make() {
    new NetlabelRunner(netLabel).load(LINES);
    for (int i = 0; i < LEVELS; i++) {
      label("one_t", false, "cipso;1;1", level(240, 12));
      label("two_t", false, "cipso;2000;2", level(65535, 4));
      label("five_t", false, "cipso;4000000000;5", level(65535, 40));
      label("one_t", true, "calipso;77;", level(1952, 100));
    }
    assertThat(pool.live()).isZero();
    assertThat(packets).hasSizeGreaterThan(LEVELS * 2);
    assertThat(refused).isPositive();
  }

  private MlsLevel level(int limit, int longest) {
    BitSet categories = new BitSet();
    for (int runs = random.nextInt(7); runs > 0; runs--) {
      int from = random.nextInt(4) == 0 ? 0 : random.nextInt(limit);
      categories.set(from, Math.min(limit, from + 1 + random.nextInt(longest)));
    }
    return new MlsLevel(random.nextInt(256), CategorySet.of(categories));
  }

  private void label(String type, boolean v6, String what, MlsLevel level) {
    int sid = sids.sid("user_u:user_r:" + type + ":" + level);
    Packet packet = pool.make(0, 100);
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    IpAddress one = IpAddress.parse(v6 ? "fd00::1" : "10.0.0.1");
    IpAddress other = IpAddress.parse(v6 ? "fd00::2" : "10.0.0.2");
    int header = v6 ? Ipv6View.HEADER : Ipv4View.HEADER;
    if (v6) {
      Ipv6View.emit(data, at, 0, 0, 12, 17, 64, one, other);
    } else {
      Ipv4View.emit(data, at, header, header + 12, 0, 7, 0, 64, 17, one, other);
    }
    data.writerIndex(at + header);
    data.writeLong(0x03e8_07d0_000c_0000L).writeInt(0x6c61_7276);
    packet.headers(at, at + header);
    if (netLabel.stamp(sid, packet) == Errno.OK) {
      packets.add(ByteBufUtil.getBytes(packet.buffer()));
      meant.add(what + ";" + level.sensitivity() + ";" + list(level.categories()));
    } else {
      refused++;
    }
    packet.release();
  }

  private static String list(CategorySet categories) {
    List<String> list = new ArrayList<>();
    for (int c = categories.next(0); c >= 0; c = categories.next(c + 1)) {
      list.add(Integer.toString(c));
    }
    return String.join(",", list);
  }

  private Path capture() throws IOException {
    int size = packets.stream().mapToInt(packet -> 16 + packet.length).sum();
    ByteBuffer file = ByteBuffer.allocate(24 + size).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0);
    file.putInt(65535).putInt(101);
    for (byte[] packet : packets) {
      file.putLong(0).putInt(packet.length).putInt(packet.length).put(packet);
    }
    Path path = directory.resolve("labels.pcap");
    Files.write(path, file.array());
    return path;
  }

  private List<String> run(String... command) throws IOException, InterruptedException {
    Path errors = directory.resolve("errors");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    List<String> lines = process.inputReader().lines().toList();
    assertThat(process.waitFor()).as(Files.readString(errors)).isZero();
    return lines;
  }

  @Test
  void tsharkReadsThem() throws Exception {
    assumeTrue(Wireshark.version() != null, "tshark is not installed: apt-get install tshark");
    make();
    String[] fields = {
      "ip.cipso.doi",
      "ip.cipso.tag_type",
      "ip.cipso.sensitivity_level",
      "ip.cipso.categories",
      "ipv6.opt.calipso.doi",
      "ipv6.opt.calipso.sens_level",
      "ipv6.opt.calipso.cmpt_bitmap",
      "_ws.malformed",
      "ip.checksum.status",
    };
    List<String> command =
        new ArrayList<>(List.of("tshark", "-r", capture().toString(), "-T", "fields"));
    command.addAll(List.of("-E", "separator=;", "-o", "ip.check_checksum:TRUE"));
    for (String field : fields) {
      command.addAll(List.of("-e", field));
    }
    List<String> read = new ArrayList<>();
    for (String line : run(command.toArray(String[]::new))) {
      String[] v = line.split(";", -1);
      assertThat(v[7]).isEmpty();
      assertThat(v[8]).isIn("", "1", "Good");
      read.add(
          v[4].isEmpty()
              ? "cipso;" + v[0] + ";" + v[1] + ";" + v[2] + ";" + ranges(v[3])
              : "calipso;" + v[4] + ";;" + v[5] + ";" + bitmap(v[6]));
    }
    assertThat(read).isEqualTo(meant);
  }

  /** A list of numbers and of ranges, the high end first. */
  private static String ranges(String text) {
    BitSet set = new BitSet();
    for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      String[] ends = part.split("-", -1);
      set.set(Integer.parseInt(ends[ends.length - 1]), Integer.parseInt(ends[0]) + 1);
    }
    return set.stream().mapToObj(Integer::toString).collect(Collectors.joining(","));
  }

  private static String bitmap(String text) {
    String hex = text.equals("<MISSING>") ? "" : text; // a field of no bytes
    BitSet set = new BitSet();
    for (int i = 0; i < hex.length() * 4; i++) {
      set.set(i, (Character.digit(hex.charAt(i / 4), 16) & 8 >>> i % 4) != 0);
    }
    return set.stream().mapToObj(Integer::toString).collect(Collectors.joining(","));
  }

  @Test
  void scapyReadsThem() throws Exception {
    assumeTrue(Scapy.find() != null, "scapy is not installed: apt-get install python3-scapy");
    make();
    String script = "src/test/peers/scapy/labels.py";
    List<String> read = run("/usr/bin/python3", script, capture().toString());
    assertThat(read).isEqualTo(meant.stream().map(line -> line + ";True").toList());
  }
}
