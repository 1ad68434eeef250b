package org.larval.pcap;

/**
 * The resolution of a pcapng interface's timestamps.
 *
 * @param resolution if_tsresol: ticks a second as a power of ten, or of two if the top bit is set
 * @param offsetSeconds if_tsoffset
 */
record Ticks(int resolution, long offsetSeconds) {
  /** What holds without if_tsresol. */
  static final Ticks MICROSECONDS = new Ticks(6, 0);

  /** What {@link #nanos} answers for a time that 63 bits of nanoseconds cannot hold. */
  static final long OUT_OF_RANGE = Long.MIN_VALUE;

  private static final long BILLION = 1_000_000_000L;

  /** Nanoseconds since 1970 of an unsigned number of ticks, rounded down. */
  long nanos(long ticks) {
    int exponent = resolution & 0x7f;
    long nanos;
    if ((resolution & 0x80) != 0) {
      nanos = binary(ticks, exponent);
    } else if (exponent <= 9) {
      long factor = power(9 - exponent);
      boolean fits = Math.unsignedMultiplyHigh(ticks, factor) == 0;
      nanos = fits ? ticks * factor : -1;
    } else {
      nanos = exponent - 9 > 18 ? 0 : Long.divideUnsigned(ticks, power(exponent - 9));
    }
    if (nanos < 0 || offsetSeconds > Long.MAX_VALUE / BILLION || offsetSeconds < 0 - BILLION * 9) {
      return OUT_OF_RANGE;
    }
    long sum = nanos + offsetSeconds * BILLION;
    boolean overflow = offsetSeconds > 0 && sum < 0;
    return overflow ? OUT_OF_RANGE : sum;
  }

  private static long binary(long ticks, int exponent) {
    long seconds = exponent < 64 ? ticks >>> exponent : 0;
    long mask = exponent == 0 ? 0 : exponent < 64 ? -1L >>> (64 - exponent) : -1L;
    long fraction = ticks & mask;
    long high = Math.unsignedMultiplyHigh(fraction, BILLION);
    long low = fraction * BILLION;
    long nanos =
        exponent == 0
            ? 0
            : exponent < 64 ? high << (64 - exponent) | low >>> exponent : high >>> (exponent - 64);
    if (seconds < 0 || seconds > Long.MAX_VALUE / BILLION - 1) {
      return -1;
    }
    return seconds * BILLION + nanos;
  }

  private static long power(int exponent) {
    long power = 1;
    for (int i = 0; i < exponent; i++) {
      power *= 10;
    }
    return power;
  }
}
