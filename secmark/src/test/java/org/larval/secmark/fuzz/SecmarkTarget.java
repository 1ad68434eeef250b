package org.larval.secmark.fuzz;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.larval.labels.Sids;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.Verdict;
import org.larval.secmark.HookWalk;
import org.larval.secmark.Interfaces;
import org.larval.secmark.LabelSource;
import org.larval.secmark.NfHook;
import org.larval.secmark.RuleException;
import org.larval.secmark.Ruleset;
import org.larval.secmark.conntrack.ConntrackSettings;

/**
 * The first octet says the grammar, what follows up to a zero is a text, and the rest a packet: the
 * text is refused in one line, or its rules decide about the packet at every hook.
 */
public final class SecmarkTarget {
  private static final PacketPool POOL = new PacketPool(UnpooledByteBufAllocator.DEFAULT, true);
  private static final int MAX_PACKET = 2048;

  private SecmarkTarget() {}

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    int end = 1;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    String text = new String(data, 1, end - 1, StandardCharsets.ISO_8859_1);
    Ruleset rules =
        new Ruleset(LabelSource.of(new Sids()), new Interfaces(List.of("eth0", "eth1")));
    try {
      load(rules, data[0] & 3, text);
    } catch (RuleException refused) {
      String words = String.valueOf(refused.getMessage());
      require(words.startsWith("fuzz:") && words.indexOf('\n') < 0, words);
      require(refused.line() > 0 && refused.column() > 0, words);
      require(rules.size() == 0, "half of a file was loaded");
      return;
    }
    int from = Math.min(end + 1, data.length);
    decide(rules, data, from, Math.min(data.length - from, MAX_PACKET));
  }

  private static void load(Ruleset rules, int grammar, String text) {
    switch (grammar) {
      case 0 -> rules.loadNft("fuzz", text);
      case 1 -> rules.loadXtables("fuzz", text, 4);
      case 2 -> rules.loadXtables("fuzz", text, 6);
      default -> rules.runXtables("fuzz", text.lines().toList());
    }
  }

  /** Twice, so that the second packet may belong to the first one's connection. */
  private static void decide(Ruleset rules, byte[] data, int from, int length) {
    ConntrackSettings settings = new ConntrackSettings(4, true, true);
    HookWalk walk = new HookWalk(rules, settings, new Random(1), "fuzz").trackAlways();
    for (int round = 0; round < 2; round++) {
      Packet packet = POOL.make(0, length);
      packet.buffer().writeBytes(data, from, length);
      packet.inPort = round;
      for (NfHook hook : NfHook.values()) {
        if (!(walk.pass(hook, round, packet) instanceof Verdict.Continue)) {
          break;
        }
      }
      packet.release();
    }
    require(walk.conntrack().size() <= 4, "the table of connections grew");
    require(POOL.live() == 0, "a packet was kept");
  }

  private static void require(boolean held, String what) {
    if (!held) {
      throw new AssertionError(what);
    }
  }

  /** The rule files, each with a packet. */
  static List<byte[]> seeds(Path rules) {
    List<byte[]> seeds = new ArrayList<>();
    for (String folder : List.of("accepted", "refused")) {
      try (Stream<Path> files = Files.list(rules.resolve(folder))) {
        for (Path file : files.sorted().toList()) {
          seeds.add(seed(file.toString(), Files.readString(file)));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return seeds;
  }

  private static byte[] seed(String name, String text) {
    int grammar = name.endsWith("nft") ? 0 : name.endsWith("v6") ? 2 : 1;
    byte[] rules = text.getBytes(StandardCharsets.ISO_8859_1);
    byte[] seed = new byte[1 + rules.length + 1 + 40];
    seed[0] = (byte) grammar;
    System.arraycopy(rules, 0, seed, 1, rules.length);
    int at = rules.length + 2;
    seed[at] = 0x45; // IPv4, TCP, a SYN to port 80
    seed[at + 3] = 40;
    seed[at + 8] = 64;
    seed[at + 9] = 6;
    seed[at + 12] = 10;
    seed[at + 16] = 10;
    seed[at + 23] = 80;
    seed[at + 32] = 0x50;
    seed[at + 33] = 2;
    return seed;
  }

  /** Writes the seeds into a directory, for the fuzzer to begin with; runs at the root. */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createDirectories(Path.of(args[1]));
    int number = 0;
    for (byte[] seed : seeds(Path.of("secmark", "src", "test", "resources", "rules"))) {
      Files.write(directory.resolve("rules-" + number++), seed);
    }
  }
}
