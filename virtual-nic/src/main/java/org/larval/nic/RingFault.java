package org.larval.nic;

/**
 * Which rule a ring broke. The memory of a ring belongs to two ends that need not trust each other;
 * the end that sees a broken rule stops its NIC, and nothing else, for one of these reasons.
 */
public enum RingFault {
  // What a device finds in what the driver wrote
  AVAIL_INDEX_RUNAWAY("the available index ran further ahead than the ring is long"),
  HEAD_OUT_OF_RANGE("the available ring names a descriptor that does not exist"),
  NEXT_OUT_OF_RANGE("a descriptor's next field names a descriptor that does not exist"),
  CHAIN_TOO_LONG("a chain has more descriptors than the limit, or runs in a circle"),
  CHAIN_TOO_BIG("a chain's buffers add up to more bytes than any frame has"),
  ADDRESS_OUT_OF_RANGE("a descriptor's buffer lies outside the ring's buffers"),
  WRONG_DIRECTION("a descriptor's WRITE flag does not fit the direction of the ring"),
  INDIRECT_NOT_NEGOTIATED("a descriptor is INDIRECT, which nobody negotiated"),
  BUFFER_EMPTY("a descriptor was made available although its slot holds no frame"),
  BUFFER_TAKEN("a descriptor was made available although its slot still holds a frame"),
  // What a driver finds in what the device wrote
  USED_INDEX_RUNAWAY("the used index ran past what was made available"),
  USED_ID_OUT_OF_RANGE("the used ring names a descriptor that does not exist"),
  USED_ID_NOT_POSTED("the used ring names a descriptor that was not made available"),
  USED_LENGTH_WRONG("the used ring tells of more bytes than the buffer has, or of no header"),
  // What either may find
  STALE_STATE("the indexes and entries left in the ring contradict each other"),
  MEMORY_GONE("the memory under the ring was cut short or unmapped");

  private final String sentence;

  RingFault(String sentence) {
    this.sentence = sentence;
  }

  /** The reason in words, to follow "the NIC was stopped: ". */
  public String sentence() {
    return sentence;
  }

  /** The name as printed in tables and JSON: lower case with dashes. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
