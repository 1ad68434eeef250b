package org.larval.xfrm.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Everything that is fuzzed. */
enum Target {
  /** {@link EspTarget}. */
  ESP,
  /** {@link AhTarget}. */
  AH,
  /** {@link UdpEncapsulationTarget}. */
  UDP_ENCAPSULATION,
  /** {@link IpCompTarget}. */
  IP_COMP,
  /** {@link GrammarTarget}. */
  GRAMMAR;

  /** Does what the fuzzer does. */
  void input(byte[] data) {
    switch (this) {
      case ESP -> EspTarget.fuzzerTestOneInput(data);
      case AH -> AhTarget.fuzzerTestOneInput(data);
      case UDP_ENCAPSULATION -> UdpEncapsulationTarget.fuzzerTestOneInput(data);
      case IP_COMP -> IpCompTarget.fuzzerTestOneInput(data);
      case GRAMMAR -> GrammarTarget.fuzzerTestOneInput(data);
    }
  }

  /** What to begin with. */
  List<byte[]> seeds() {
    PacketTarget packets = packets();
    return packets == null ? GrammarTarget.seeds() : packets.seeds();
  }

  /** What takes packets; null for the grammar. */
  @Nullable PacketTarget packets() {
    return switch (this) {
      case ESP -> EspTarget.TARGET;
      case AH -> AhTarget.TARGET;
      case UDP_ENCAPSULATION -> UdpEncapsulationTarget.TARGET;
      case IP_COMP -> IpCompTarget.TARGET;
      case GRAMMAR -> null;
    };
  }

  /** Writes a target's seeds into a directory, for the fuzzer to begin with. */
  static void main(String[] args) throws IOException {
    Path directory = Files.createDirectories(Path.of(args[1]));
    List<byte[]> seeds = valueOf(args[0]).seeds();
    for (int i = 0; i < seeds.size(); i++) {
      Files.write(directory.resolve("seed-" + i), seeds.get(i));
    }
  }
}
