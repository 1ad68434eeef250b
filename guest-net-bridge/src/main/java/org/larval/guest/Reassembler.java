package org.larval.guest;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.Checksum;
import org.larval.wire.IpAddress;
import org.larval.wire.Ipv6View;

/**
 * Puts fragments together again (RFC 791, RFC 8200 4.5). An overlap condemns the datagram with all
 * its fragments, those to come included (RFC 5722); Linux and we do the same for IPv4. Bounded in
 * fragments for each datagram, in datagrams and in bytes; when full, the oldest datagram goes.
 */
final class Reassembler {
  static final int MAX_FRAGMENTS = 64;
  static final long TIMEOUT_V4 = 30_000_000_000L;
  static final long TIMEOUT_V6 = 60_000_000_000L;

  /** What identifies a datagram; IPv6 does not compare the protocol, so it is 0 there. */
  record Key(IpAddress source, IpAddress target, int identification, int protocol) {}

  private final GuestStack stack;
  private final Map<Key, Datagram> datagrams = new LinkedHashMap<>();
  private final Ipv6View again = new Ipv6View();
  private int bytes;

  Reassembler(GuestStack stack) {
    this.stack = stack;
  }

  /**
   * Takes a fragment whose header was parsed.
   *
   * @return the whole datagram, reader index at its IP header; null while parts are missing
   */
  @Nullable Packet add(long now, Packet fragment, IpHeader ip, Effects out) {
    boolean more = ip.v6 ? ip.ipv6.moreFragments() : ip.ipv4.moreFragments();
    int offset = ip.v6 ? ip.ipv6.fragmentOffset() : ip.ipv4.fragmentOffset();
    int length = ip.payloadLength;
    if (ip.v6) {
      // the fragmentable part of a first fragment starts right after the fragment header
      length = ip.start + ip.totalLength - (ip.ipv6.fragmentHeader() + 8);
    }
    if (length == 0 || (more && length % 8 != 0)) {
      out.drop(fragment, DropReason.MALFORMED);
      return null;
    }
    Key key =
        ip.v6
            ? new Key(ip.source(), ip.target(), ip.ipv6.identification(), 0)
            : new Key(ip.source(), ip.target(), ip.ipv4.identification(), ip.protocol);
    Datagram datagram = datagrams.get(key);
    if (datagram == null) {
      while (datagrams.size() >= stack.limits.reassemblyDatagrams()) {
        evictOldest(out);
      }
      datagram = new Datagram(key, ip.v6);
      datagrams.put(key, datagram);
      datagram.timer.set(stack.jiffies.fires(now, ip.v6 ? TIMEOUT_V6 : TIMEOUT_V4));
    }
    int size = Truesize.of(fragment);
    while (bytes + size > stack.limits.reassemblyBytes() && !datagrams.isEmpty()) {
      if (evictOldest(out) == datagram) {
        out.drop(fragment, DropReason.REASSEMBLY_OVERFLOW);
        return null;
      }
    }
    if (!datagram.insert(fragment, offset, length, !more, out)) {
      return null;
    }
    bytes += size;
    return datagram.complete() ? finish(now, datagram, out) : null;
  }

  private @Nullable Packet finish(long now, Datagram datagram, Effects out) {
    datagrams.remove(datagram.key);
    datagram.timer.cancel();
    Packet first = datagram.part(0);
    ByteBuf head = first.buffer();
    int start = head.readerIndex();
    // the first fragment's header without the fragment header goes before all payloads
    int headerLength =
        datagram.v6 ? fragmentHeader(head, start) - start : datagram.payloads[0] - start;
    if (headerLength - (datagram.v6 ? 40 : 0) + datagram.end > 65_535) {
      datagram.dropParts(DropReason.REASSEMBLY_OVERFLOW, out);
      return null;
    }
    Packet whole = stack.pool().child(now, first, headerLength + datagram.end);
    ByteBuf data = whole.buffer();
    int at = data.readerIndex();
    data.writeBytes(head, start, headerLength);
    for (int i = 0; i < datagram.count; i++) {
      data.writeBytes(datagram.part(i).buffer(), datagram.payloads[i], datagram.lengths[i]);
    }
    if (datagram.v6) {
      int field = fieldBefore(head, start, start + headerLength);
      data.setByte(at + field - start, head.getUnsignedByte(start + headerLength));
      data.setShort(at + 4, headerLength + datagram.end - 40);
    } else {
      data.setShort(at + 2, headerLength + datagram.end);
      data.setShort(at + 6, 0);
      data.setShort(at + 10, 0);
      data.setShort(at + 10, Checksum.of(data, at, headerLength));
    }
    whole.step(now, stack.name(), StepAction.REASSEMBLED, null, datagram.count);
    for (int i = 0; i < datagram.count; i++) {
      Packet part = datagram.part(i);
      bytes -= Truesize.of(part);
      out.absorb(part);
    }
    return whole;
  }

  private int fragmentHeader(ByteBuf head, int start) {
    again.wrap(head, start, head.writerIndex() - start);
    return again.fragmentHeader();
  }

  /** The next-header octet that names the header at an index. */
  private static int fieldBefore(ByteBuf head, int start, int header) {
    int field = start + 6;
    int at = start + 40;
    while (at < header) {
      field = at;
      at += (head.getUnsignedByte(at + 1) + 1) * 8;
    }
    return field;
  }

  private Datagram evictOldest(Effects out) {
    Iterator<Datagram> oldest = datagrams.values().iterator();
    Datagram datagram = oldest.next();
    oldest.remove();
    datagram.timer.cancel();
    datagram.dropParts(DropReason.REASSEMBLY_OVERFLOW, out);
    return datagram;
  }

  /** How many incomplete datagrams are kept. */
  int pending() {
    return datagrams.size();
  }

  void close(Effects out) {
    for (Datagram datagram : datagrams.values()) {
      datagram.timer.cancel();
      datagram.dropParts(DropReason.LAB_ENDED, out);
    }
    datagrams.clear();
  }

  /** An incomplete datagram: its fragments in order of their offsets. */
  private final class Datagram {
    final Key key;
    final boolean v6;
    final Alarm timer = stack.alarms.make(this::expire);
    private @Nullable Packet[] parts = new @Nullable Packet[4];
    private int[] offsets = new int[4];
    int[] lengths = new int[4];

    /** Absolute indexes in the parts' buffers. */
    int[] payloads = new int[4];

    int count;
    private int received;

    /** The length of the whole payload, or -1 before the last fragment came. */
    int end = -1;

    private boolean condemned;

    Datagram(Key key, boolean v6) {
      this.key = key;
      this.v6 = v6;
    }

    Packet part(int i) {
      Packet part = parts[i];
      if (part == null) {
        throw new AssertionError("no fragment " + i);
      }
      return part;
    }

    boolean complete() {
      return end >= 0 && received == end;
    }

    boolean insert(Packet fragment, int offset, int length, boolean last, Effects out) {
      if (condemned) {
        out.drop(fragment, DropReason.REASSEMBLY_OVERLAP);
        return false;
      }
      int place = 0;
      while (place < count && offsets[place] < offset) {
        place++;
      }
      if (place < count && offsets[place] == offset && lengths[place] == length) {
        // an exact copy is no attack, only a duplicate
        out.drop(fragment, DropReason.REASSEMBLY_OVERLAP);
        return false;
      }
      boolean overlaps =
          (place > 0 && offsets[place - 1] + lengths[place - 1] > offset)
              || (place < count && offsets[place] < offset + length);
      boolean beyond =
          (end >= 0 && (last || offset + length > end))
              || (last && count > 0 && offsets[count - 1] + lengths[count - 1] > offset + length);
      if (overlaps || beyond) {
        condemned = true;
        dropParts(DropReason.REASSEMBLY_OVERLAP, out);
        out.drop(fragment, DropReason.REASSEMBLY_OVERLAP);
        return false;
      }
      if (count == MAX_FRAGMENTS) {
        condemned = true;
        dropParts(DropReason.REASSEMBLY_OVERFLOW, out);
        out.drop(fragment, DropReason.REASSEMBLY_OVERFLOW);
        return false;
      }
      place(place, fragment, offset, length);
      received += length;
      if (last) {
        end = offset + length;
      }
      return true;
    }

    private void place(int place, Packet fragment, int offset, int length) {
      if (count == parts.length) {
        int capacity = count * 2;
        parts = Arrays.copyOf(parts, capacity);
        offsets = Arrays.copyOf(offsets, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
        payloads = Arrays.copyOf(payloads, capacity);
      }
      int moved = count - place;
      System.arraycopy(parts, place, parts, place + 1, moved);
      System.arraycopy(offsets, place, offsets, place + 1, moved);
      System.arraycopy(lengths, place, lengths, place + 1, moved);
      System.arraycopy(payloads, place, payloads, place + 1, moved);
      parts[place] = fragment;
      offsets[place] = offset;
      lengths[place] = length;
      payloads[place] = fragment.buffer().writerIndex() - length;
      count++;
    }

    void dropParts(DropReason reason, Effects out) {
      for (int i = 0; i < count; i++) {
        Packet part = part(i);
        parts[i] = null;
        bytes -= Truesize.of(part);
        out.drop(part, reason);
      }
      count = 0;
    }

    private void expire(long now, Effects out) {
      datagrams.remove(key);
      if (count > 0 && offsets[0] == 0) {
        stack.icmpErrors.report(now, IcmpError.REASSEMBLY_EXCEEDED, part(0), out);
      }
      dropParts(DropReason.REASSEMBLY_TIMEOUT, out);
    }
  }
}
