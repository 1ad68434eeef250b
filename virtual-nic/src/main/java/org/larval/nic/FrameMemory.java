package org.larval.nic;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;

/**
 * Where the frames of one ring are while they cross. The ring's protocol is the same over either
 * kind; only what stands behind a descriptor's address differs.
 *
 * <p>A frame crosses in two steps at each end, so that the packet in hand is known while shared
 * memory is touched: the driver of a sending ring calls {@link #put}; its device {@link #claim}s a
 * packet for a chain and {@link #load}s the bytes. On a receiving ring the device {@link #fill}s a
 * chain; the driver {@link #claim}s and {@link #load}s by descriptor.
 */
sealed interface FrameMemory permits LocalFrames, SharedFrames {
  /** virtio_net_hdr with VERSION_1. */
  int HEADER = 12;

  /** Bytes of one buffer, header included. */
  int bufferSize();

  /** Where the buffer of a descriptor is. */
  long address(int descriptor);

  /** Where in this memory a buffer lies wholly, or less than 0. */
  long find(long address, int length);

  /**
   * Touches the beginning of a buffer that was found, so that its bytes are in this processor's
   * cache when they are wanted.
   *
   * @param toWrite whether the buffer is ours to fill: a line that is read first would have to be
   *     asked for again when it is written
   * @return nothing of use, but something, or the compiler would leave it out
   */
  int bringNear(long place, int length, boolean toWrite);

  /** Whether the memory is a mapped file, which somebody may cut short at any time. */
  boolean mayVanish();

  /** Whether packets are kept here until the other end, which is in this process, takes them. */
  boolean keepsPackets();

  /** The driver sends: puts a frame that fits into a descriptor's buffer. */
  void put(int descriptor, Packet packet);

  /** The device took a chain: the packet that goes on, or null if there is none. */
  @Nullable Packet claim(long now, Chain chain);

  /** The device copies the frame of a chain into the packet that goes on. */
  void load(Chain chain, Packet packet);

  /** The device delivers: fills a chain that is long enough. False if it still holds a frame. */
  boolean fill(Chain chain, Packet packet);

  /** The driver got a buffer back: the packet that goes on, or null if there is none. */
  @Nullable Packet claim(long now, int descriptor, int length);

  /** The driver copies a received frame of {@code length} bytes into the packet that goes on. */
  void load(int descriptor, int length, Packet packet);

  /** A packet still kept for a descriptor that the other end is done with, or null. */
  @Nullable Packet forget(int descriptor);

  /** Whether a packet is kept here. */
  boolean contains(Packet packet);

  /** Drops every packet that is kept here and returns how many. */
  int abandon(Effects out, DropReason reason);
}
