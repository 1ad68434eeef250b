package org.larval.nic;

/**
 * Why a vhost-user connection was closed. The frontend may be hostile; whatever it sends costs it
 * its own connection at most.
 */
public enum VhostFault implements PortFault {
  /** No fault: the other end went. */
  GONE("the frontend closed the connection"),
  CUT_SHORT("the connection ended in the middle of a message"),
  WRONG_VERSION("a message is not of version 1"),
  UNASKED_REPLY("a message is a reply that nobody asked for"),
  MESSAGE_TOO_LONG("a message's payload is longer than 4096 bytes"),
  PAYLOAD_LENGTH("a message's payload has not the length of its request"),
  DESCRIPTOR_COUNT("a message came with more or fewer file descriptors than its request has"),
  DESCRIPTORS_TRUNCATED("a message came with more file descriptors than any request has"),
  FEATURES_NOT_OFFERED("features were set that were not offered"),
  NO_SUCH_RING("a ring was named that the NIC does not have"),
  RING_SIZE("a ring's size is no power of two from 1 to 32768"),
  RING_BASE("a ring's next index is more than 16 bits"),
  RING_ADDRESS("a ring does not lie, aligned, in one region of memory"),
  RING_WITHOUT_ADDRESS("a ring was started before its size and address were set"),
  REGION_COUNT("the memory table has no region or more than 8"),
  REGION_SIZE("a memory region is empty, overlaps the end of the address space, or is too large"),
  REGION_OUTSIDE_FILE("a memory region is longer than its file"),
  REGION_READ_ONLY("a memory region's file was not opened for reading and writing"),
  REGION_NOT_MAPPABLE("a memory region's file cannot be mapped"),
  REGIONS_OVERLAP("two memory regions have addresses in common"),
  BAD_DOORBELL("a doorbell is no descriptor that can be waited for, or rings without end"),
  BAD_MTU("the MTU is out of range"),
  REPLIES_UNREAD("the frontend does not read its answers"),
  LEGACY_DRIVER("the driver did not accept VERSION_1");

  private final String sentence;

  VhostFault(String sentence) {
    this.sentence = sentence;
  }

  @Override
  public String sentence() {
    return sentence;
  }

  /** A message that is not answered but ends the connection. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    private final VhostFault fault;

    Refused(VhostFault fault) {
      super(fault.sentence(), null, false, false);
      this.fault = fault;
    }

    VhostFault fault() {
      return fault;
    }
  }
}
