package org.larval.interop;

import org.junit.jupiter.api.Assumptions;

/** Skips a test whose peer is missing, and says so on the console. */
final class Skipped {
  private Skipped() {}

  /** Goes on only if something is there. */
  static void unless(boolean there, String reason) {
    if (!there) {
      System.out.println("skipped: " + reason);
    }
    Assumptions.assumeTrue(there, reason);
  }
}
