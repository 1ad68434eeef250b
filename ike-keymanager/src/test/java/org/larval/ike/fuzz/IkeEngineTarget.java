package org.larval.ike.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.larval.ike.sa.HostilePeer;

/** Any bytes as the doings of a peer that has the keys; see {@link HostilePeer}. */
public final class IkeEngineTarget {
  private IkeEngineTarget() {}

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    HostilePeer.play(data);
  }

  /** Requests as they should be, for the fuzzer to spoil. */
  static List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    // an empty INFORMATIONAL; a deletion of the IKE SA; one of a child; a rekeying; a move
    for (String hex :
        List.of(
            "00000003000100",
            "000000030001010a000401000000",
            "000000030001010a00080304000100000001",
            "0000000200010508000c0304400900000001",
            "0000000300010108000400004010",
            "0000000200010300002400000020010304021234567803000000c0000014800e00800000000805000000",
            "0000040103030504010300200301000301")) {
      seeds.add(HexFormat.of().parseHex(hex));
    }
    return seeds;
  }

  /** Writes the seeds into a directory. */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[1]);
    Files.createDirectories(directory);
    int number = 0;
    for (byte[] seed : seeds()) {
      Files.write(directory.resolve("seed-" + number++), seed);
    }
  }
}
