package org.larval.xfrm.fuzz;

import java.util.List;

/** ESP in UDP, as a socket hands it over. */
public final class UdpEncapsulationTarget {
  private static final String NULL = " enc ecb(cipher_null) '' encap espinudp 4500 4500 0.0.0.0 ";

  /** Knows what to begin with and what was opened. */
  static final PacketTarget TARGET =
      new PacketTarget(
          List.of(
              setup("4", "transport", "", "4"),
              setup("4", "tunnel", "replay-window 32", "4"),
              setup("4", "beet", "", "4", "sel src 10.10.1.1 dst 10.10.2.1"),
              setup("4", "beet", "", "6", "sel src fd10:1::1 dst fd10:2::1"),
              setup("4", "tunnel", "flag af-unspec", "6"),
              setup("6", "transport", "", "6"),
              setup("6", "tunnel", "flag esn replay-window 64", "6"),
              setup("6", "tunnel", "flag af-unspec", "4"),
              setup("6", "beet", "", "4", "sel src 10.10.1.1 dst 10.10.2.1"),
              setup("6", "beet", "", "6", "sel src fd10:1::1 dst fd10:2::1"),
              Setup.golden("esp-transport-cbc128-sha256-udpencap-v4"),
              Setup.golden("esp-transport-gcm128-udpencap-v4"),
              Setup.golden("esp-tunnel-gcm128-udpencap-v4"),
              Setup.golden("esp-beet-chacha-udpencap-v6")));

  private UdpEncapsulationTarget() {}

  private static Setup setup(String outer, String mode, String with, String inner, String... more) {
    return Lines.setup("esp", outer, mode, NULL + with, inner, more).inUdp();
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    TARGET.run(data);
  }
}
