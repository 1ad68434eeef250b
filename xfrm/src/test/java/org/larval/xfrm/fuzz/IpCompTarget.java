package org.larval.xfrm.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/** IPComp; sealed here means compressed. */
public final class IpCompTarget {
  private static final int HEADER = 4;

  /** Knows what to begin with and what was opened. */
  static final PacketTarget TARGET =
      new PacketTarget(
          List.of(
              setup("4", "transport", "4"),
              setup("4", "tunnel", "4"),
              setup("4", "tunnel", "6"),
              setup("6", "transport", "6"),
              setup("6", "tunnel", "6"),
              setup("6", "tunnel", "4"),
              Setup.golden("comp-tunnel-v6"),
              Setup.golden("comp-esp-tunnel-gcm128-v4"),
              Setup.golden("comp-esp-ah-transport-v4")));

  private IpCompTarget() {}

  private static Setup setup(String outer, String mode, String inner) {
    String more = mode.equals("tunnel") ? "flag af-unspec" : "";
    return Lines.setup("comp", outer, mode, "comp deflate", inner, more)
        .sealedBy(IpCompTarget::compress);
  }

  /** Compresses what follows the IPComp header of a packet without extension headers. */
  private static byte[] compress(byte[] packet) {
    int from = NullHmac.upper(packet) + HEADER;
    if (packet.length <= from) {
      return packet;
    }
    byte[] compressed = new byte[packet.length + 64];
    System.arraycopy(packet, 0, compressed, 0, from);
    try (Deflater deflater = new Deflater(Deflater.BEST_SPEED, true)) {
      deflater.setInput(packet, from, packet.length - from);
      deflater.finish();
      int size = deflater.deflate(compressed, from, compressed.length - from);
      return Arrays.copyOf(compressed, from + size);
    }
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    TARGET.run(data);
  }
}
