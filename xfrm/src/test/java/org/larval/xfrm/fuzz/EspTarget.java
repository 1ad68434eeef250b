package org.larval.xfrm.fuzz;

import java.util.List;

/** ESP in all modes, with and without integrity. */
public final class EspTarget {
  private static final String NULL = " enc ecb(cipher_null) '' ";
  private static final String KEY = " 0x000102030405060708090a0b0c0d0e0f";

  /** Knows what to begin with and what was opened. */
  static final PacketTarget TARGET =
      new PacketTarget(
          List.of(
              setup("4", "transport", NULL, "4"),
              setup("4", "tunnel", NULL + "auth digest_null ''", "4"),
              setup("4", "beet", NULL, "4", "sel src 10.10.1.1 dst 10.10.2.1"),
              setup("4", "beet", NULL, "6", "sel src fd10:1::1 dst fd10:2::1"),
              setup("4", "tunnel", NULL + "flag af-unspec decap-dscp", "6"),
              setup("6", "transport", NULL, "6"),
              setup("6", "tunnel", NULL, "6"),
              setup("6", "tunnel", NULL + "flag af-unspec noecn", "4"),
              setup("6", "beet", NULL, "4", "sel src 10.10.1.1 dst 10.10.2.1"),
              setup("6", "beet", NULL, "6", "sel src fd10:1::1 dst fd10:2::1"),
              setup("4", "transport", " enc cbc(aes)" + KEY, "4"),
              setup("6", "tunnel", " enc rfc3686(ctr(aes))" + KEY + "01020304", "6"),
              setup("4", "transport", NULL + "replay-window 32", "4"),
              setup("4", "transport", NULL + "flag esn replay-window 64", "4"),
              setup("4", "transport", NULL + NullHmac.CLAUSE, "4").sealedBy(NullHmac::seal),
              setup("6", "tunnel", NULL + NullHmac.CLAUSE, "6").sealedBy(NullHmac::seal),
              setup("4", "beet", NULL + NullHmac.CLAUSE, "4", "sel src 10.10.1.1 dst 10.10.2.1")
                  .sealedBy(NullHmac::seal),
              Setup.golden("esp-transport-cbc128-v4-noauth"),
              Setup.golden("esp-transport-null-sha256-esn-v4"),
              Setup.golden("esp-transport-gcm128-esn-v4"),
              Setup.golden("esp-tunnel-gcm128-tfcpad-v4"),
              Setup.golden("esp-tunnel-gcm128-4in6"),
              Setup.golden("esp-beet-gcm128-6in4"),
              Setup.golden("esp-beet-gcm128-v4-opt-rr"),
              Setup.golden("esp-transport-chacha-v6"),
              Setup.golden("esp-transport-ccm128-64-v4"),
              Setup.golden("esp-transport-gmac192-v4"),
              Setup.golden("esp-transport-camellia256-sha256-v4"),
              Setup.golden("nested-tunnel-gcm128-chacha-v6"),
              Setup.golden("comp-esp-ah-transport-v4")));

  private EspTarget() {}

  private static Setup setup(String outer, String mode, String with, String inner, String... more) {
    return Lines.setup("esp", outer, mode, with, inner, more);
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    TARGET.run(data);
  }
}
