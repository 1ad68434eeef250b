package org.larval.xfrm.fuzz;

import java.util.List;

/** AH, most of it without a check value, so that all that follows is reached. */
public final class AhTarget {
  private static final String NULL = "auth digest_null ''";

  /** Knows what to begin with and what was opened. */
  static final PacketTarget TARGET =
      new PacketTarget(
          List.of(
              setup("4", "transport", NULL, "4"),
              setup("4", "tunnel", NULL, "4"),
              setup("4", "tunnel", NULL + " flag af-unspec decap-dscp", "6"),
              setup("4", "transport", NULL + " flag align4 replay-window 32", "4"),
              setup("6", "transport", NULL, "6"),
              setup("6", "tunnel", NULL, "6"),
              setup("6", "tunnel", NULL + " flag af-unspec", "4"),
              setup("6", "transport", NULL + " flag esn replay-window 64", "6"),
              Setup.golden("ah-transport-sha256-align4-v4"),
              Setup.golden("ah-transport-sha256-v4-opt-lsrr"),
              Setup.golden("ah-transport-sha256-v4-opt-mix"),
              Setup.golden("ah-transport-sha256-v6-ext-hopmut"),
              Setup.golden("ah-transport-sha256-v6-ext-hoprth"),
              Setup.golden("ah-tunnel-sha256-v4"),
              Setup.golden("esp-ah-transport-chacha-sha512-v6")));

  private AhTarget() {}

  private static Setup setup(String outer, String mode, String with, String inner) {
    return Lines.setup("ah", outer, mode, with, inner);
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    TARGET.run(data);
  }
}
