package org.larval.xfrm.grammar;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * How states and policies are printed: the options of {@code ip} and of its {@code list}.
 *
 * @param statistics {@code -s}: lifetimes, counters, masks and numbers twice
 * @param keys whether keys are shown; {@code ip xfrm} shows them unless told {@code nokeys}, this
 *     house hides them unless told to show them
 * @param epoch the date at which the lab began
 * @param devices the names after {@code dev}
 */
public record ListingFormat(boolean statistics, Keys keys, Instant epoch, Devices devices) {
  /** Whether keys may be seen. */
  public enum Keys {
    /** {@code <<Keys hidden>>} in their place, as after {@code nokeys}. */
    HIDDEN,
    /** In hexadecimal. */
    SHOWN
  }

  /** Without statistics and keys; the lab began in 1970. */
  public static final ListingFormat PLAIN =
      new ListingFormat(false, Keys.HIDDEN, Instant.EPOCH, Devices.NONE);

  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");

  /** The same with or without statistics. */
  public ListingFormat withStatistics(boolean shown) {
    return new ListingFormat(shown, keys, epoch, devices);
  }

  /** The same with or without keys. */
  public ListingFormat withKeys(Keys shown) {
    return new ListingFormat(statistics, shown, epoch, devices);
  }

  /** The same for a lab that began at this date. */
  public ListingFormat withEpoch(Instant began) {
    return new ListingFormat(statistics, keys, began, devices);
  }

  /** The same with these names of devices. */
  public ListingFormat withDevices(Devices known) {
    return new ListingFormat(statistics, keys, epoch, known);
  }

  /** A moment in whole seconds since the lab began, in UTC, or a dash if it is negative. */
  String date(long seconds) {
    return seconds < 0 ? "-" : DATE.format(epoch.plusSeconds(seconds).atOffset(ZoneOffset.UTC));
  }
}
