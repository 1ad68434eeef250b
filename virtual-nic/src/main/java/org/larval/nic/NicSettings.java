package org.larval.nic;

import org.larval.wire.MacAddress;

/**
 * What a NIC is besides its memory.
 *
 * @param name the place it writes into trails, such as {@code a.nic0}
 * @param port the number that the lab's face gives to {@code Effects.send} and to {@code
 *     Packet.inPort} of what the guest sent
 * @param interfaceIndex the number that the guest's face gives to {@code Packet.inPort}
 * @param queueSize descriptors of each ring, a power of two from 2 to 32768
 * @param bufferSize the longest frame and 12 bytes of header, a multiple of 64 from 128 to 65536
 */
public record NicSettings(
    String name, MacAddress mac, int port, int interfaceIndex, int queueSize, int bufferSize) {
  /** Rings of 256 descriptors; any frame fits, since frames within a process cost no memory. */
  public static NicSettings of(String name, MacAddress mac, int port, int interfaceIndex) {
    return new NicSettings(
        name,
        mac,
        port,
        interfaceIndex,
        NicGeometry.DEFAULT_QUEUE_SIZE,
        NicGeometry.MAX_BUFFER_SIZE);
  }

  /** The same with rings of another length. */
  public NicSettings withQueueSize(int descriptors) {
    return new NicSettings(name, mac, port, interfaceIndex, descriptors, bufferSize);
  }

  /** The same with buffers of another size. */
  public NicSettings withBufferSize(int bytes) {
    return new NicSettings(name, mac, port, interfaceIndex, queueSize, bytes);
  }
}
