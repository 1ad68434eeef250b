package org.larval.labels;

/**
 * What a subject works at and what it is cleared for: {@code s0-s15:c0.c1023}.
 *
 * @param low the level it works at
 * @param high its clearance, which dominates {@code low}
 */
public record MlsRange(MlsLevel low, MlsLevel high) {
  /** Checks that the high level dominates the low one. */
  public MlsRange {
    if (!high.dominates(low)) {
      throw new IllegalArgumentException(
          "high level '" + high + "' does not dominate low level '" + low + "'");
    }
  }

  /** A range of one level. */
  public static MlsRange at(MlsLevel level) {
    return new MlsRange(level, level);
  }

  /**
   * Reads one level or two with a dash between.
   *
   * @throws IllegalArgumentException if a part is wrong; the message names it
   */
  public static MlsRange parse(String text) {
    int dash = text.indexOf('-');
    if (dash < 0) {
      return at(MlsLevel.parse(text));
    }
    return new MlsRange(
        MlsLevel.parse(text.substring(0, dash)), MlsLevel.parse(text.substring(dash + 1)));
  }

  /** Whether a level lies between low and high. */
  public boolean contains(MlsLevel level) {
    return level.dominates(low) && high.dominates(level);
  }

  /** Whether the other range lies within this one. */
  public boolean contains(MlsRange other) {
    return other.low.dominates(low) && high.dominates(other.high);
  }

  @Override
  public String toString() {
    return low.equals(high) ? low.toString() : low + "-" + high;
  }
}
