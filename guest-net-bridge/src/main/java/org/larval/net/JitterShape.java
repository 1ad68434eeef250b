package org.larval.net;

/** How jitter is spread around the delay. */
public enum JitterShape {
  /** Every value from delay - jitter to delay + jitter is as likely as any other. */
  UNIFORM,

  /** The normal distribution; jitter is its standard deviation. */
  NORMAL
}
