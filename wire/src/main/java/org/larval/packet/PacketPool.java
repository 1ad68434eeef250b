package org.larval.packet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Where packets are born and where they end: numbers them, counts them, uses them and their buffers
 * again. One per lab, on one thread.
 */
public final class PacketPool {
  /** Spare room in front: Ethernet, outer IPv6, UDP encapsulation, ESP and IV, with some left. */
  public static final int HEADROOM = 128;

  /** Spare room behind: ESP padding, trailer and the longest ICV. */
  public static final int TAILROOM = 64;

  private static final int MAX_IDLE = 4096;

  /** Bytes of a buffer that is kept for the next packet: a frame of 1518 bytes and spare room. */
  private static final int KEPT_BYTES = 2048;

  private static final int MAX_KEPT = 1024;

  private final ByteBufAllocator allocator;
  private final boolean trails;
  private final boolean nativeMemory;
  private final ArrayDeque<Packet> idle = new ArrayDeque<>();
  private final ArrayDeque<Trail> idleTrails = new ArrayDeque<>();

  /** Makes the buffers that are kept, and tells them from others. */
  private final ByteBufAllocator keeping;

  private final boolean keeps;
  private final ArrayDeque<ByteBuf> kept = new ArrayDeque<>();

  /** Ended packets that kept their buffers, the first {@link #readyCount}. */
  private final @Nullable Packet[] ready = new @Nullable Packet[MAX_KEPT];

  private int readyCount;
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
    // who looks for leaks wants to see every buffer end
    this(
        allocator,
        trails,
        nativeMemory,
        ResourceLeakDetector.getLevel() != ResourceLeakDetector.Level.PARANOID);
  }

  PacketPool(ByteBufAllocator allocator, boolean trails, boolean nativeMemory, boolean keeps) {
    this.allocator = allocator;
    this.trails = trails;
    this.nativeMemory = nativeMemory;
    this.keeps = keeps && !nativeMemory;
    keeping = new UnpooledByteBufAllocator(false, true);
  }

  /** A new packet with an empty buffer, reader and writer index at {@link #HEADROOM}. */
  public Packet make(long now, int capacity) {
    return make(now, capacity, 0);
  }

  private Packet make(long now, int capacity, long parent) {
    if (readyCount == 0 || HEADROOM + capacity + TAILROOM > KEPT_BYTES) {
      return begin(now, buffer(capacity), parent);
    }
    Packet packet = ready[--readyCount];
    ByteBuf bytes = packet == null ? null : packet.spare;
    if (packet == null || bytes == null) {
      throw new IllegalStateException("a packet that is ready has a buffer");
    }
    return begin(packet, now, bytes.setIndex(HEADROOM, HEADROOM), parent);
  }

  /** A new packet around bytes, whose reference it takes. */
  public Packet wrap(long now, ByteBuf bytes) {
    return begin(now, bytes, 0);
  }

  /** A new packet that inherits all but the bytes: a fragment. */
  public Packet child(long now, Packet of, int capacity) {
    Packet packet = make(now, capacity, of.id());
    packet.inherit(of);
    return packet;
  }

  /** A copy with an identity of its own, trail included: a duplicate or one copy of a flood. */
  public Packet copy(long now, Packet of) {
    ByteBuf from = of.buffer();
    Packet packet = child(now, of, from.readableBytes());
    ByteBuf bytes = packet.buffer();
    bytes.writeBytes(from, from.readerIndex(), from.readableBytes());
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
    return begin(packet, now, bytes, parent);
  }

  private Packet begin(Packet packet, long now, ByteBuf bytes, long parent) {
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
    if (keeps && size <= KEPT_BYTES) {
      return keptBuffer();
    }
    ByteBuf bytes = nativeMemory ? allocator.directBuffer(size) : allocator.heapBuffer(size);
    bytes.setIndex(HEADROOM, HEADROOM);
    return bytes;
  }

  private ByteBuf keptBuffer() {
    ByteBuf bytes = kept.pollLast();
    if (bytes == null) {
      bytes = keeping.heapBuffer(KEPT_BYTES, KEPT_BYTES);
    }
    return bytes.setIndex(HEADROOM, HEADROOM);
  }

  /** Takes a packet's last reference of its buffer: keeps it for another, or releases it. */
  void end(ByteBuf bytes) {
    if (mayKeep(bytes) && kept.size() < MAX_KEPT) {
      kept.addLast(bytes);
    } else {
      bytes.release();
    }
  }

  /** Takes a packet that ended, with its buffer. */
  void end(Packet packet, ByteBuf bytes) {
    live--;
    Trail trail = packet.takeTrail();
    if (trail != null && idleTrails.size() < MAX_IDLE) {
      trail.clear();
      idleTrails.addLast(trail);
    }
    if (readyCount < MAX_KEPT && mayKeep(bytes)) {
      packet.spare = bytes;
      ready[readyCount++] = packet;
      return;
    }
    packet.spare = null;
    end(bytes);
    if (idle.size() < MAX_IDLE) {
      idle.addLast(packet);
    }
  }

  /** Whether a buffer is one of ours and nobody else holds it. */
  @SuppressWarnings("ReferenceEquality") // an allocator's identity is the object's
  private boolean mayKeep(ByteBuf bytes) {
    return keeps && bytes.alloc() == keeping && bytes.unwrap() == null && bytes.refCnt() == 1;
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
