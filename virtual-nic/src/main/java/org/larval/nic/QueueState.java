package org.larval.nic;

/**
 * How one ring of a NIC stands, as the lab's end sees it.
 *
 * @param pair which queue pair, from 0
 * @param towardsGuest whether frames go to the guest (virtio-net's receive queue)
 * @param size descriptors; 0 where there is no ring
 * @param waiting chains that the guest has made available and nobody used yet: frames that it sent,
 *     or buffers that it offers
 * @param frames that have crossed
 * @param bytes of those frames
 */
public record QueueState(
    int pair, boolean towardsGuest, int size, int waiting, long frames, long bytes) {}
