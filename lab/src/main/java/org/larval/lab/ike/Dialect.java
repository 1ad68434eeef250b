package org.larval.lab.ike;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.larval.lab.file.Fields;
import org.larval.lab.file.Units;

/** How a file writes its values. */
enum Dialect {
  /** Ours. */
  YAML {
    @Override
    long duration(Fields fields, String key, long otherwise) {
      return fields.parsed(key, otherwise, Units::duration);
    }

    @Override
    long amount(Fields fields, String key, long otherwise) {
      return fields.parsed(key, otherwise, Units::bytes);
    }
  },
  /** That of swanctl.conf: seconds, powers of 1024. */
  SWANCTL {
    @Override
    long duration(Fields fields, String key, long otherwise) {
      return fields.parsed(
          key, otherwise, text -> scaled(text, "smhd", new long[] {1, 60, 3_600, 86_400}) * SECOND);
    }

    @Override
    long amount(Fields fields, String key, long otherwise) {
      return fields.parsed(
          key, otherwise, text -> scaled(text, "kmg", new long[] {1L << 10, 1L << 20, 1L << 30}));
    }

    @Override
    boolean flag(Fields fields, String key, boolean otherwise) {
      return fields.parsed(
          key,
          otherwise,
          text ->
              switch (text.toLowerCase(Locale.ROOT)) {
                case "yes", "true", "1", "enabled" -> true;
                case "no", "false", "0", "disabled" -> false;
                default ->
                    throw new IllegalArgumentException(
                        "'" + key + "' is '" + text + "'; write yes or no");
              });
    }
  };

  private static final long SECOND = 1_000_000_000L;
  private static final Pattern NUMBER = Pattern.compile("([0-9]{1,15})\\s*([a-zA-Z]?)");

  /** Nanoseconds. */
  abstract long duration(Fields fields, String key, long otherwise);

  /** Bytes or packets. */
  abstract long amount(Fields fields, String key, long otherwise);

  boolean flag(Fields fields, String key, boolean otherwise) {
    return fields.flag(key, otherwise);
  }

  private static long scaled(String text, String units, long[] factors) {
    Matcher matcher = NUMBER.matcher(text.strip());
    if (matcher.matches()) {
      String unit = matcher.group(2).toLowerCase(Locale.ROOT);
      int at = unit.isEmpty() ? -1 : units.indexOf(unit);
      if (unit.isEmpty() || at >= 0) {
        BigDecimal value =
            new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(at < 0 ? 1 : factors[at]));
        if (value.compareTo(BigDecimal.valueOf(Long.MAX_VALUE / 4 / SECOND)) < 0) {
          return value.longValueExact();
        }
      }
    }
    throw new IllegalArgumentException(
        "'" + text + "' is no such value; write a whole number, or one with a unit of " + units);
  }
}
