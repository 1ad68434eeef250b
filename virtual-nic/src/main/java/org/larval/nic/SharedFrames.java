package org.larval.nic;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/**
 * Frames in memory that another process may share: each crosses by one copy in and one copy out,
 * behind a virtio_net_hdr of 12 bytes. Descriptor {@code i} owns buffer {@code i}.
 *
 * <p>When both ends are in this process, the packet waits beside the memory as the frame's
 * companion and goes on with its flow, labels and trail; the bytes in memory are the truth and
 * replace its own. With an outside process there is no companion and a packet is made new.
 */
final class SharedFrames implements FrameMemory {
  private static final MemorySegment ALL = NativeMemory.ALL;

  /** Bytes that a processor moves at once. */
  private static final int LINE = 64;

  private static final ValueLayout.OfLong HEADER_START = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt HEADER_END =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** No offloads. */
  private static final byte[] SENT_HEADER = new byte[HEADER];

  /** Its last field, num_buffers, is written anew for each frame. */
  private final byte[] receivedHeader = new byte[HEADER];

  private final MemoryRegions regions;
  private final boolean mapped;

  // The driver's buffers, all of one size in a row: none if the driver is not ours

  private final MemorySegment memory;
  private final long base;
  private final int bufferSize;
  private final PacketPool pool;
  private final @Nullable Packet @Nullable [] companions;

  /** For buffers without an array behind them. */
  private byte @Nullable [] scratch;

  /**
   * Frames in a segment of {@code count} buffers.
   *
   * @param base the address of the segment's first byte, as descriptors give it
   */
  SharedFrames(
      MemorySegment memory,
      long base,
      int count,
      int bufferSize,
      PacketPool pool,
      boolean bothEndsHere) {
    this.memory = memory.asSlice(0, (long) count * bufferSize);
    this.base = base;
    this.bufferSize = bufferSize;
    this.pool = pool;
    this.companions = bothEndsHere ? new @Nullable Packet[count] : null;
    this.regions = MemoryRegions.of(this.memory, base);
    this.mapped = regions.mapped();
  }

  /** Frames anywhere in the memory of a guest whose driver is not ours. */
  SharedFrames(MemoryRegions regions, PacketPool pool) {
    this.regions = regions;
    this.mapped = regions.mapped();
    this.pool = pool;
    this.memory = MemorySegment.NULL;
    this.base = 0;
    this.bufferSize = 0;
    this.companions = null;
  }

  @Override
  public int bufferSize() {
    return bufferSize;
  }

  @Override
  public long address(int descriptor) {
    return base + (long) descriptor * bufferSize;
  }

  @Override
  public long find(long address, int length) {
    return regions.find(address, length);
  }

  @Override
  public int bringNear(long place, int length, boolean toWrite) {
    if (length < LINE) {
      return 0;
    }
    long second = place + LINE - 1;
    if (toWrite) {
      ALL.set(ValueLayout.JAVA_BYTE, place, (byte) 0);
      ALL.set(ValueLayout.JAVA_BYTE, second, (byte) 0);
      return 0;
    }
    return ALL.get(ValueLayout.JAVA_BYTE, place) + ALL.get(ValueLayout.JAVA_BYTE, second);
  }

  @Override
  public boolean mayVanish() {
    return mapped;
  }

  @Override
  public boolean keepsPackets() {
    return companions != null;
  }

  @Override
  public void put(int descriptor, Packet packet) {
    ByteBuf frame = packet.buffer();
    long at = (long) descriptor * bufferSize;
    MemorySegment.copy(SENT_HEADER, 0, memory, ValueLayout.JAVA_BYTE, at, HEADER);
    int length = frame.readableBytes();
    byte[] array = array(frame, length);
    MemorySegment.copy(array, arrayAt(frame), memory, ValueLayout.JAVA_BYTE, at + HEADER, length);
    if (companions != null) {
      companions[descriptor] = packet;
    }
  }

  @Override
  public @Nullable Packet claim(long now, Chain chain) {
    return claim(now, chain.head(), chain.total() - HEADER);
  }

  @Override
  public @Nullable Packet claim(long now, int descriptor, int length) {
    Packet packet = forget(descriptor);
    return packet == null ? pool.make(now, length) : packet;
  }

  @Override
  public void load(Chain chain, Packet packet) {
    int length = chain.total() - HEADER;
    byte[] target = begin(packet, length);
    int at = arrayAt(packet.buffer());
    if (chain.count() == 1) {
      MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, chain.place(0) + HEADER, target, at, length);
    } else {
      gather(chain, target, at);
    }
    end(packet, length);
  }

  private void gather(Chain chain, byte[] target, int start) {
    int at = start;
    int skip = HEADER; // the header may be split over buffers as the driver likes
    for (int i = 0; i < chain.count(); i++) {
      int bytes = chain.length(i);
      int from = Math.min(skip, bytes);
      skip -= from;
      if (bytes > from) {
        MemorySegment.copy(
            ALL, ValueLayout.JAVA_BYTE, chain.place(i) + from, target, at, bytes - from);
        at += bytes - from;
      }
    }
  }

  @Override
  public void load(int descriptor, int length, Packet packet) {
    byte[] target = begin(packet, length);
    long from = (long) descriptor * bufferSize + HEADER;
    int at = arrayAt(packet.buffer());
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, from, target, at, length);
    end(packet, length);
  }

  @Override
  public boolean fill(Chain chain, Packet packet) {
    if (companions != null && companions[chain.head()] != null) {
      return false;
    }
    ByteBuf frame = packet.buffer();
    int length = frame.readableBytes();
    if (chain.length(0) >= HEADER + length) {
      fillOne(chain, frame, length);
    } else {
      receivedHeader[10] = (byte) chain.heads();
      scatter(chain, 0, receivedHeader, 0, HEADER);
      scatter(chain, HEADER, array(frame, length), arrayAt(frame), length);
    }
    if (companions != null) {
      companions[chain.head()] = packet;
    }
    return true;
  }

  /** As most drivers have it: one buffer takes header and frame. */
  private void fillOne(Chain chain, ByteBuf frame, int length) {
    long at = chain.place(0);
    ALL.set(HEADER_START, at, 0);
    ALL.set(HEADER_END, at + Long.BYTES, 1 << 16); // num_buffers
    MemorySegment.copy(
        array(frame, length), arrayAt(frame), ALL, ValueLayout.JAVA_BYTE, at + HEADER, length);
  }

  private void scatter(Chain chain, int position, byte[] from, int fromAt, int bytes) {
    int skip = position;
    int done = 0;
    for (int i = 0; i < chain.count() && done < bytes; i++) {
      int room = chain.length(i) - skip;
      if (room <= 0) {
        skip -= chain.length(i);
        continue;
      }
      int part = Math.min(room, bytes - done);
      long at = chain.place(i) + skip;
      MemorySegment.copy(from, fromAt + done, ALL, ValueLayout.JAVA_BYTE, at, part);
      done += part;
      skip = 0;
    }
  }

  /** The array behind the readable bytes, or a copy of them in the scratch array. */
  private byte[] array(ByteBuf frame, int length) {
    if (frame.hasArray()) {
      return frame.array();
    }
    byte[] copy = scratch(length);
    frame.getBytes(frame.readerIndex(), copy, 0, length);
    return copy;
  }

  private static int arrayAt(ByteBuf frame) {
    return frame.hasArray() ? frame.arrayOffset() + frame.readerIndex() : 0;
  }

  /** Makes room for a frame in a packet's buffer; the array to copy into. */
  private byte[] begin(Packet packet, int length) {
    ByteBuf buffer = packet.buffer();
    if (buffer.isReadOnly() || buffer.capacity() - buffer.readerIndex() < length) {
      packet.replaceBuffer(pool.buffer(length));
      buffer = packet.buffer();
    }
    return buffer.hasArray() ? buffer.array() : scratch(length);
  }

  private void end(Packet packet, int length) {
    ByteBuf buffer = packet.buffer();
    if (!buffer.hasArray()) {
      buffer.setBytes(buffer.readerIndex(), scratch(length), 0, length);
    }
    buffer.writerIndex(buffer.readerIndex() + length);
  }

  private byte[] scratch(int length) {
    byte[] have = scratch;
    if (have == null || have.length < length) {
      have = new byte[Math.max(length, bufferSize)];
      scratch = have;
    }
    return have;
  }

  @Override
  public @Nullable Packet forget(int descriptor) {
    if (companions == null) {
      return null;
    }
    Packet packet = companions[descriptor];
    companions[descriptor] = null;
    return packet;
  }

  @Override
  public boolean contains(Packet packet) {
    return companions != null && PacketTable.contains(companions, packet);
  }

  @Override
  public int abandon(Effects out, DropReason reason) {
    return companions == null ? 0 : PacketTable.abandon(companions, out, reason);
  }
}
