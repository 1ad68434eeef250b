package org.larval.pcap;

/** Which way a frame went at the interface that captured it (epb_flags, bits 0 and 1). */
public enum FrameDirection {
  /** The capture does not say. */
  UNKNOWN,
  /** The interface received it. */
  INBOUND,
  /** The interface sent it. */
  OUTBOUND
}
