package org.larval.guest;

import io.netty.buffer.ByteBuf;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.Checksum;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/** Cuts a datagram into fragments that fit a link (RFC 791 3.2, RFC 8200 4.5). */
public final class Fragmenter {
  private static final int OPTION_END = 0;
  private static final int OPTION_NOP = 1;
  private static final int OPTION_COPIED = 0x80;

  /** Where fragments go. */
  @FunctionalInterface
  public interface Way {
    /** Takes a fragment; answers what a local sender is told. */
    Errno take(long now, Packet fragment, Effects out);
  }

  private final GuestStack stack;
  private final IpHeader ip = new IpHeader();

  Fragmenter(GuestStack stack) {
    this.stack = stack;
  }

  /** Takes an IP packet that is larger than {@code mtu} and may be cut. */
  Errno cut(long now, Packet packet, int mtu, Way way, Effects out) {
    DropReason reason = ip.parse(packet);
    if (reason != null) {
      out.drop(packet, reason);
      return Errno.EINVAL;
    }
    packet.step(now, stack.name(), StepAction.FRAGMENTED, null, mtu);
    return ip.v6 ? cutV6(now, packet, mtu, way, out) : cutV4(now, packet, mtu, way, out);
  }

  private Errno cutV4(long now, Packet packet, int mtu, Way way, Effects out) {
    ByteBuf data = packet.buffer();
    int header = ip.ipv4.headerLength();
    int chunk = mtu - header & ~7;
    if (chunk < 8) {
      out.drop(packet, DropReason.FRAGMENTATION_NEEDED);
      return Errno.EMSGSIZE;
    }
    int base = ip.ipv4.fragmentOffset();
    boolean last = !ip.ipv4.moreFragments();
    int payload = ip.payload;
    int total = ip.payloadLength;
    Errno answer = Errno.OK;
    for (int done = 0; done < total; done += chunk) {
      int size = Math.min(chunk, total - done);
      boolean more = done + size < total || !last;
      Packet fragment = stack.pool().child(now, packet, header + size);
      ByteBuf bytes = fragment.buffer();
      int at = bytes.readerIndex();
      bytes.writeBytes(data, ip.start, header);
      bytes.writeBytes(data, payload + done, size);
      if (done > 0) {
        keepCopiedOptions(bytes, at + Ipv4View.HEADER, at + header);
      }
      bytes.setShort(at + 2, header + size);
      bytes.setShort(at + 6, (more ? Ipv4View.MORE_FRAGMENTS : 0) | (base + done) / 8);
      bytes.setShort(at + 10, 0);
      bytes.setShort(at + 10, Checksum.of(bytes, at, header));
      fragment.headers(at, at + header);
      answer = worse(answer, way.take(now, fragment, out));
    }
    out.absorb(packet);
    return answer;
  }

  /** Options that are not to be copied become no-operations (ip_options_fragment). */
  private static void keepCopiedOptions(ByteBuf bytes, int from, int end) {
    int at = from;
    while (at < end) {
      int type = bytes.getUnsignedByte(at);
      if (type == OPTION_END) {
        return;
      }
      if (type == OPTION_NOP) {
        at++;
        continue;
      }
      int size = at + 1 < end ? bytes.getUnsignedByte(at + 1) : 0;
      if (size < 2 || at + size > end) {
        return;
      }
      if ((type & OPTION_COPIED) == 0) {
        for (int i = 0; i < size; i++) {
          bytes.setByte(at + i, OPTION_NOP);
        }
      }
      at += size;
    }
  }

  private Errno cutV6(long now, Packet packet, int mtu, Way way, Effects out) {
    ByteBuf data = packet.buffer();
    int field = unfragmentableField(data);
    int end =
        field < 0 ? -1 : field == ip.start + 6 ? ip.start + Ipv6View.HEADER : after(data, field);
    int kept = end - ip.start;
    int chunk = mtu - kept - Ipv6View.FRAGMENT_HEADER & ~7;
    if (end < 0 || ip.ipv6.fragmentHeader() >= 0 || chunk < 8) {
      out.drop(packet, DropReason.FRAGMENTATION_NEEDED);
      return Errno.EMSGSIZE;
    }
    int next = data.getUnsignedByte(field);
    int total = ip.totalLength - kept;
    int identification = stack.nextIdentification();
    Errno answer = Errno.OK;
    for (int done = 0; done < total; done += chunk) {
      int size = Math.min(chunk, total - done);
      int length = kept + Ipv6View.FRAGMENT_HEADER + size;
      Packet fragment = stack.pool().child(now, packet, length);
      ByteBuf bytes = fragment.buffer();
      int at = bytes.readerIndex();
      bytes.writeBytes(data, ip.start, kept);
      bytes.writeZero(Ipv6View.FRAGMENT_HEADER);
      Ipv6View.emitFragment(bytes, at + kept, next, done, done + size < total, identification);
      bytes.writeBytes(data, end + done, size);
      bytes.setByte(at + field - ip.start, IpProtocol.FRAGMENT);
      bytes.setShort(at + 4, length - Ipv6View.HEADER);
      fragment.headers(at, at + kept + Ipv6View.FRAGMENT_HEADER);
      answer = worse(answer, way.take(now, fragment, out));
    }
    out.absorb(packet);
    return answer;
  }

  /**
   * The index of the next-header octet after which the fragment header goes: that of the last
   * hop-by-hop or routing header, or of the fixed header. The chain was checked by the view.
   */
  private int unfragmentableField(ByteBuf data) {
    int field = ip.start + 6;
    int kept = field;
    int at = ip.start + Ipv6View.HEADER;
    int protocol = data.getUnsignedByte(field);
    while (at < ip.payload) {
      int size = (data.getUnsignedByte(at + 1) + 1) * 8;
      if (protocol == IpProtocol.HOPOPT || protocol == IpProtocol.ROUTING) {
        kept = at;
      } else if (protocol != IpProtocol.DSTOPTS) {
        return -1;
      }
      protocol = data.getUnsignedByte(at);
      at += size;
    }
    return kept;
  }

  private static int after(ByteBuf data, int extension) {
    return extension + (data.getUnsignedByte(extension + 1) + 1) * 8;
  }

  private static Errno worse(Errno a, Errno b) {
    return a == Errno.OK ? b : a;
  }
}
