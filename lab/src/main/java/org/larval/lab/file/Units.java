package org.larval.lab.file;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations, sizes, rates and shares as people write them. */
public final class Units {
  private static final Pattern NUMBER_AND_UNIT =
      Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([a-zA-Z%]*)");

  private static final Map<String, Long> NANOS = new LinkedHashMap<>();
  private static final Map<String, Long> BYTES = new LinkedHashMap<>();
  private static final Map<String, Long> BITS = new LinkedHashMap<>();

  static {
    NANOS.put("ns", 1L);
    NANOS.put("us", 1_000L);
    NANOS.put("ms", 1_000_000L);
    NANOS.put("s", 1_000_000_000L);
    NANOS.put("m", 60_000_000_000L);
    NANOS.put("h", 3_600_000_000_000L);
    BYTES.put("", 1L);
    BYTES.put("B", 1L);
    BYTES.put("kB", 1_000L);
    BYTES.put("MB", 1_000_000L);
    BYTES.put("GB", 1_000_000_000L);
    BITS.put("bit", 1L);
    BITS.put("kbit", 1_000L);
    BITS.put("mbit", 1_000_000L);
    BITS.put("gbit", 1_000_000_000L);
  }

  private Units() {}

  /** Nanoseconds of a text like {@code 20ms}. */
  public static long duration(String text) {
    return scaled(text, NANOS, "a duration", "one like 20ms, 1.5s or 2m");
  }

  /** Bytes of a text like {@code 64kB}. */
  public static long bytes(String text) {
    return scaled(text, BYTES, "a size", "one like 1400, 64kB or 1MB");
  }

  /** Bits a second of a text like {@code 10mbit}. */
  public static long rate(String text) {
    return scaled(text, BITS, "a rate", "one like 512kbit or 10mbit");
  }

  /** A share of one of a text like {@code 2.5%}. */
  public static double share(String text) {
    Matcher matcher = NUMBER_AND_UNIT.matcher(text.strip());
    if (matcher.matches() && matcher.group(2).equals("%")) {
      double percent = Double.parseDouble(matcher.group(1));
      if (percent <= 100) {
        return percent / 100;
      }
    }
    throw new IllegalArgumentException("'" + text + "' is not a share; write one from 0% to 100%");
  }

  private static long scaled(String text, Map<String, Long> units, String what, String right) {
    Matcher matcher = NUMBER_AND_UNIT.matcher(text.strip());
    if (matcher.matches()) {
      Long unit = units.get(matcher.group(2));
      boolean zero = unit == null && matcher.group(2).isEmpty() && isZero(matcher.group(1));
      if (zero) {
        return 0;
      }
      if (unit != null) {
        BigDecimal value = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit));
        if (value.compareTo(BigDecimal.valueOf(Long.MAX_VALUE / 4)) < 0) {
          return value.setScale(0, RoundingMode.HALF_EVEN).longValueExact();
        }
      }
    }
    throw new IllegalArgumentException("'" + text + "' is not " + what + "; write " + right);
  }

  private static boolean isZero(String digits) {
    return new BigDecimal(digits).signum() == 0;
  }

  /** Prints nanoseconds shortly: {@code 1.5 s}, {@code 104 ms}, {@code 20 us}. */
  public static String printDuration(long nanos) {
    if (nanos == Long.MAX_VALUE) {
      return "never";
    }
    long size = Math.abs(nanos);
    if (size >= 1_000_000_000L) {
      return trimmed(nanos, 9, 3) + " s";
    }
    if (size >= 1_000_000L) {
      return trimmed(nanos, 6, 3) + " ms";
    }
    return size >= 1_000L ? trimmed(nanos, 3, 1) + " us" : nanos + " ns";
  }

  private static String trimmed(long value, int scale, int digits) {
    return BigDecimal.valueOf(value, scale)
        .setScale(digits, RoundingMode.HALF_EVEN)
        .stripTrailingZeros()
        .toPlainString();
  }
}
