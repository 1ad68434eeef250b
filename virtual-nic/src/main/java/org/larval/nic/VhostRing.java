package org.larval.nic;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** What a frontend has said about one ring so far, and its doorbells. */
final class VhostRing {
  private int size;
  private long descriptors;
  private long used;
  private long available;
  private boolean placed;

  /** The next available index to look at when the ring starts. */
  int base;

  /** Said by SET_VRING_ENABLE; may come before anything else. */
  boolean enabled;

  /** Between SET_VRING_KICK and GET_VRING_BASE. */
  boolean started;

  @Nullable EventFd kick;
  @Nullable EventFd call;
  @Nullable EventFd err;

  void size(int descriptorCount) throws VhostFault.Refused {
    if (descriptorCount < 1
        || descriptorCount > Virtqueue.MAX_SIZE
        || Integer.bitCount(descriptorCount) != 1) {
      throw new VhostFault.Refused(VhostFault.RING_SIZE);
    }
    size = descriptorCount;
  }

  /** The frontend's virtual addresses. */
  void place(long descriptorsAt, long usedAt, long availableAt) {
    descriptors = descriptorsAt;
    used = usedAt;
    available = availableAt;
    placed = true;
  }

  /** The ring in memory. */
  Virtqueue in(MemoryRegions memory) throws VhostFault.Refused {
    if (size == 0 || !placed) {
      throw new VhostFault.Refused(VhostFault.RING_WITHOUT_ADDRESS);
    }
    return new Virtqueue(
        part(memory, descriptors, Virtqueue.descriptorBytes(size), Virtqueue.DESCRIPTOR_BYTES),
        part(memory, available, Virtqueue.availableBytes(size), 2),
        part(memory, used, Virtqueue.usedBytes(size), 4),
        size);
  }

  private static MemorySegment part(MemoryRegions memory, long address, long bytes, int alignment)
      throws VhostFault.Refused {
    MemorySegment found = memory.user(address, bytes);
    // aligned as mapped, too: a region may begin anywhere in its file
    if (found == null || address % alignment != 0 || found.address() % alignment != 0) {
      throw new VhostFault.Refused(VhostFault.RING_ADDRESS);
    }
    return found;
  }

  /** Closes its doorbells; the frontend sends new ones when it starts the ring again. */
  void silence() {
    kick = replaced(kick, null);
    call = replaced(call, null);
    err = replaced(err, null);
  }

  static @Nullable EventFd replaced(@Nullable EventFd old, @Nullable EventFd by) {
    if (old != null) {
      old.close();
    }
    return by;
  }

  /** Tells the driver, if it left a doorbell. */
  void ringCall() {
    EventFd bell = call;
    if (bell != null) {
      bell.ring();
    }
  }

  /** Tells the frontend that the ring is broken, if it left a doorbell for that. */
  void ringErr() {
    EventFd bell = err;
    if (bell != null) {
      bell.ring();
    }
  }
}
