package org.larval.nic;

/**
 * Why a memif connection was closed. The client may be hostile; whatever it sends costs it its own
 * connection at most.
 */
public enum MemifFault implements PortFault {
  /** No fault: the other end went. */
  GONE("the client closed the connection"),
  /** No fault: it said so before. */
  DISCONNECTED("the client said goodbye"),
  MESSAGE_LENGTH("a message is not of 128 bytes"),
  UNEXPECTED_MESSAGE("a message is of a type that no client sends, or not then"),
  DESCRIPTOR_COUNT("a message came with more or fewer file descriptors than its type has"),
  WRONG_VERSION("the client does not speak version 2.0"),
  WRONG_ID("the client asks for another interface"),
  WRONG_MODE("the client wants an interface that is not Ethernet"),
  WRONG_SECRET("the client does not know the secret"),
  REGION_INDEX("memory regions are not numbered from 0, or are more than 16"),
  REGION_SIZE("a memory region is empty or of more than 4 GB"),
  REGION_OUTSIDE_FILE("a memory region is longer than its file"),
  REGION_READ_ONLY("a memory region's file was not opened for reading and writing"),
  REGION_NOT_MAPPABLE("a memory region's file cannot be mapped"),
  RING_INDEX("a ring has a number other than 0, or was there already"),
  RING_SIZE("a ring has more than 16384 descriptors"),
  RING_ADDRESS("a ring does not lie, aligned, in a memory region"),
  RING_COOKIE("a ring does not begin with the cookie"),
  RING_MISSING("a direction has no ring"),
  PRIVATE_HEADER("a ring's descriptors have private headers"),
  BAD_DOORBELL("a doorbell is no descriptor that can be waited for, or rings without end"),
  RING_BROKEN("a ring broke a rule");

  private final String sentence;

  MemifFault(String sentence) {
    this.sentence = sentence;
  }

  @Override
  public String sentence() {
    return sentence;
  }

  /** A message that is not answered but ends the connection. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    private final MemifFault fault;

    Refused(MemifFault fault) {
      super(fault.sentence(), null, false, false);
      this.fault = fault;
    }

    MemifFault fault() {
      return fault;
    }
  }
}
