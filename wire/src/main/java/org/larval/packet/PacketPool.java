package org.larval.packet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Where packets are born and where they end: numbers them, counts them, uses them again. One per
 * lab, on one thread.
 */
public final class PacketPool {
  /** Spare room in front: Ethernet, outer IPv6, UDP encapsulation, ESP and IV, with some left. */
  public static final int HEADROOM = 128;

  /** Spare room behind: ESP padding, trailer and the longest ICV. */
  public static final int TAILROOM = 64;

  private static final int MAX_IDLE = 4096;

  private final ByteBufAllocator allocator;
  private final boolean trails;
  private final boolean nativeMemory;
  private final ArrayDeque<Packet> idle = new ArrayDeque<>();
  private final ArrayDeque<Trail> idleTrails = new ArrayDeque<>();
  private long lastId;
  private long live;

  /**
   * A pool of packets on the heap, since the JDK's ciphers like arrays.
   *
   * @param allocator makes the buffers
   * @param trails whether packets write their walk down
   */
  public PacketPool(ByteBufAllocator allocator, boolean trails) {
    this(allocator, trails, false);
  }

  /**
   * A pool.
   *
   * @param nativeMemory whether packets live in native memory, which native ciphers like
   */
  public PacketPool(ByteBufAllocator allocator, boolean trails, boolean nativeMemory) {
    this.allocator = allocator;
    this.trails = trails;
    this.nativeMemory = nativeMemory;
  }

  /** A new packet with an empty buffer, reader and writer index at {@link #HEADROOM}. */
  public Packet make(long now, int capacity) {
    return begin(now, buffer(capacity), 0);
  }

  /** A new packet around bytes, whose reference it takes. */
  public Packet wrap(long now, ByteBuf bytes) {
    return begin(now, bytes, 0);
  }

  /** A new packet that inherits all but the bytes: a fragment. */
  public Packet child(long now, Packet of, int capacity) {
    Packet packet = begin(now, buffer(capacity), of.id());
    packet.inherit(of);
    return packet;
  }

  /** A copy with an identity of its own, trail included: a duplicate or one copy of a flood. */
  public Packet copy(long now, Packet of) {
    ByteBuf from = of.buffer();
    ByteBuf bytes = buffer(from.readableBytes());
    bytes.writeBytes(from, from.readerIndex(), from.readableBytes());
    Packet packet = begin(now, bytes, of.id());
    packet.inherit(of);
    int shift = bytes.readerIndex() - from.readerIndex();
    packet.headers(
        of.network() < 0 ? -1 : of.network() + shift,
        of.transport() < 0 ? -1 : of.transport() + shift);
    Trail trail = packet.trail();
    Trail source = of.trail();
    if (trail != null && source != null) {
      trail.copyFrom(source);
    }
    return packet;
  }

  private Packet begin(long now, ByteBuf bytes, long parent) {
    Packet packet = idle.pollLast();
    if (packet == null) {
      packet = new Packet(this);
    }
    live++;
    packet.begin(bytes, ++lastId, parent, now, trails ? trail() : null);
    return packet;
  }

  private Trail trail() {
    Trail trail = idleTrails.pollLast();
    return trail == null ? new Trail() : trail;
  }

  /** A buffer with room in front and behind {@code capacity} bytes. */
  public ByteBuf buffer(int capacity) {
    int size = HEADROOM + capacity + TAILROOM;
    ByteBuf bytes = nativeMemory ? allocator.directBuffer(size) : allocator.heapBuffer(size);
    bytes.setIndex(HEADROOM, HEADROOM);
    return bytes;
  }

  void recycle(Packet packet) {
    live--;
    @Nullable Trail trail = packet.takeTrail();
    if (idle.size() < MAX_IDLE) {
      idle.addLast(packet);
      if (trail != null) {
        trail.clear();
        idleTrails.addLast(trail);
      }
    }
  }

  /** How many packets were made. */
  public long born() {
    return lastId;
  }

  /** How many packets are not released yet. */
  public long live() {
    return live;
  }
}
