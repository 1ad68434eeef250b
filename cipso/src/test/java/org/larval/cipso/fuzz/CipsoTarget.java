package org.larval.cipso.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.larval.cipso.FoundLabel;
import org.larval.cipso.LabelReader;
import org.larval.cipso.NetLabel;
import org.larval.cipso.NetLabelHooks;
import org.larval.cipso.SidDictionary;
import org.larval.cipso.grammar.NetlabelRunner;
import org.larval.labels.Sids;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/**
 * Any bytes as a packet: read as {@code larval show} reads it, checked, received, labelled anew and
 * stripped as a guest does. A packet keeps its payload and a sound header whatever its options are.
 *
 * <pre>
 *  way | the packet, from its IP header on
 * </pre>
 */
public final class CipsoTarget {
  /** It came by the loopback device. */
  private static final int LOOPBACK = 1;

  /** Length and checksum of its IP header stay as they are. */
  private static final int AS_IT_IS = 2;

  private static final List<String> CAPTURES =
      List.of(
          "calipso-pass",
          "calipso-pass-nocats",
          "cipso-local-tag128",
          "cipso-pass-tag1",
          "cipso-pass-tag1-maxcats",
          "cipso-pass-tag2",
          "cipso-pass-tag5");

  private static final int ETHERNET = 14;
  private static final String LINES =
      """
      cipso add pass doi:16 tags:1,2,5
      cipso add trans doi:8 tags:1 levels:0=0,1=5 categories:0=1,1=0
      cipso add local doi:9
      calipso add pass doi:16
      map add domain:client_t protocol:cipso,16
      map add domain:client_t protocol:calipso,16
      """;

  private CipsoTarget() {}

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    run(data);
  }

  /** Whether the packet got as far as to a label of its own. */
  static boolean run(byte[] data) {
    if (data.length == 0 || data.length > 4096) {
      return false;
    }
    byte[] bytes = Arrays.copyOfRange(data, 1, data.length);
    if ((data[0] & AS_IT_IS) == 0) {
      repair(bytes);
    }
    boolean loopback = (data[0] & LOOPBACK) != 0;
    Sids sids = new Sids();
    NetLabel netLabel = new NetLabel(new SidDictionary(sids, SidDictionary.NETMSG));
    new NetlabelRunner(netLabel).load(LINES);
    show(new LabelReader(null), bytes, loopback);
    show(new LabelReader(netLabel), bytes, loopback);
    PacketPool pool = new PacketPool(new UnpooledByteBufAllocator(false), false);
    Packet packet = pool.make(0, bytes.length);
    packet.buffer().writeBytes(bytes);
    packet.inPort = loopback ? -1 : 0;
    int payload = payload(packet);
    boolean passes = payload >= 0 && passes(netLabel, packet);
    boolean labelled = passes && labelled(netLabel, sids, packet, payload);
    if (passes || payload < 0) {
      packet.release();
    }
    require(pool.live() == 0, "packets leaked");
    return labelled;
  }

  private static void show(LabelReader reader, byte[] bytes, boolean loopback) {
    FoundLabel found = reader.read(Unpooled.wrappedBuffer(bytes), 0, bytes.length, loopback);
    if (found != null) {
      Integer pointer = found.errorPointer();
      require(pointer == null || pointer >= 20 && pointer < 60, "pointer " + pointer);
      require(found.valid() == (found.why() == null), "valid, and yet " + found.why());
      require(pointer == null || !found.valid(), "valid, and yet pointed at");
    }
  }

  /** Bytes after all headers of IP, or -1 if the packet is none. */
  private static int payload(Packet packet) {
    ByteBuf data = packet.buffer();
    int ip = data.readerIndex();
    if (packet.length() > 0 && data.getByte(ip) >>> 4 == 4) {
      Ipv4View view = new Ipv4View();
      if (view.wrap(data, ip, packet.length()) == null && view.totalLength() == packet.length()) {
        packet.headers(ip, view.payload());
        return view.payloadLength();
      }
    } else {
      Ipv6View view = new Ipv6View();
      if (view.wrap(data, ip, packet.length()) == null && view.totalLength() == packet.length()) {
        packet.headers(ip, view.payload());
        return view.payloadLength();
      }
    }
    return -1;
  }

  private static NetLabelHooks hooks(NetLabel netLabel, List<Integer> pointers) {
    return new NetLabelHooks(
        netLabel, List.of("eth0"), (now, pointer, about, out) -> pointers.add(pointer));
  }

  /** Whether the options are acceptable; if not the packet is gone. */
  private static boolean passes(NetLabel netLabel, Packet packet) {
    List<Integer> pointers = new ArrayList<>();
    try (EffectList out = new EffectList()) {
      boolean passes = hooks(netLabel, pointers).validate(0, packet, out);
      require(out.drops().size() == (passes ? 0 : 1), "no single end");
      require(pointers.size() <= out.drops().size(), "accepted and complained of");
      return passes;
    }
  }

  private static boolean labelled(NetLabel netLabel, Sids sids, Packet packet, int payload) {
    NetLabelHooks hooks = hooks(netLabel, new ArrayList<>());
    byte[] end = tail(packet, payload);
    hooks.receive(packet);
    int client = sids.sid("user_u:user_r:client_t:s3:c1,c5,c9");
    int plain = sids.sid("user_u:user_r:plain_t:s3");
    boolean labelled = hooks.label(packet, client) == Errno.OK;
    if (labelled) {
      require(payload(packet) == payload, "another payload under a label");
      require(Arrays.equals(tail(packet, payload), end), "payload changed under a label");
      int peer = hooks.receive(packet);
      require(peer > 0 && hooks.explicit(), "no label after labelling");
      require(sids.context(peer).toString().endsWith(":s3:c1,c5,c9"), "another label");
      require(!v6(packet) || netLabel.checkIpv6(packet.buffer(), packet.network()), "bad label");
    }
    if (hooks.label(packet, plain) == Errno.OK) {
      require(payload(packet) == payload, "another payload without a label");
      require(Arrays.equals(tail(packet, payload), end), "payload changed without a label");
      require(!hooks.carriesCipso(packet), "a label after stripping");
    }
    return labelled;
  }

  private static boolean v6(Packet packet) {
    return packet.buffer().getUnsignedByte(packet.network()) >>> 4 == 6;
  }

  private static byte[] tail(Packet packet, int payload) {
    ByteBuf data = packet.buffer();
    return ByteBufUtil.getBytes(data, data.writerIndex() - payload, payload);
  }

  /** Makes the IP header say what is there. */
  private static void repair(byte[] packet) {
    ByteBuf header = Unpooled.wrappedBuffer(packet);
    if (packet.length >= Ipv6View.HEADER && packet[0] >>> 4 == 6) {
      header.setShort(4, packet.length - Ipv6View.HEADER);
    } else if (packet.length >= Ipv4View.HEADER && packet[0] >>> 4 == 4) {
      int end = Math.min(packet.length & ~1, (packet[0] & 15) * 4);
      header.setShort(2, packet.length);
      header.setShort(10, 0);
      long sum = 0;
      for (int at = 0; at < end; at += 2) {
        sum += header.getUnsignedShort(at);
      }
      sum = (sum & 0xffff) + (sum >>> 16);
      header.setShort(10, (int) ~((sum & 0xffff) + (sum >>> 16)));
    }
  }

  private static void require(boolean held, String what) {
    if (!held) {
      throw new AssertionError(what);
    }
  }

  /** Two packets of each capture of a real kernel, and some that no kernel sends. */
  static List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    for (String name : CAPTURES) {
      ByteBuf file = Unpooled.wrappedBuffer(read("/golden/" + name + ".pcap"));
      file.skipBytes(24);
      for (int i = 0; i < 2; i++) {
        int length = file.getIntLE(file.readerIndex() + 8);
        file.skipBytes(16 + ETHERNET);
        byte[] seed = new byte[1 + length - ETHERNET];
        seed[0] = (byte) (i == 0 ? LOOPBACK : 0);
        file.readBytes(seed, 1, seed.length - 1);
        seeds.add(seed);
      }
    }
    String v4 = "004f0000000007000040110000" + "0a0900010a090002";
    String udp = "03e807d000080000";
    for (String options :
        List.of(
            "94040000860c0000001001060001444044080500000000000000000000000000000000000000000000",
            "860a0000000801040005860a000000080104000582045a800101010182045a80850402ff0101010100",
            "86180000001002060001000105080001000900030506000100070000000000000000000000000000ff",
            "860c000000090206000100050101010186080000000906010101820385030386000000000000000000")) {
      seeds.add(HexFormat.of().parseHex(v4 + options.substring(0, 80) + udp));
    }
    String v6 =
        "0060000000000000" + "40fd090000000000000000000000000001fd090000000000000000000000000002";
    for (String headers :
        List.of(
            "110205020000070c000000100101e261444000000102" + "0000",
            "3c010708000000100002bfd901020000" + "1100010400000000",
            "2c00050200000100" + "1100000000000007",
            "1103c20400010000070c000000100101e2614440000001040000000005020000")) {
      seeds.add(HexFormat.of().parseHex(v6 + headers + udp));
    }
    return seeds;
  }

  private static byte[] read(String resource) {
    try (InputStream in =
        Objects.requireNonNull(CipsoTarget.class.getResourceAsStream(resource), resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the seeds into a directory, for the fuzzer to begin with. */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createDirectories(Path.of(args[1]));
    List<byte[]> seeds = seeds();
    for (int i = 0; i < seeds.size(); i++) {
      Files.write(directory.resolve("seed-" + i), seeds.get(i));
    }
  }
}
