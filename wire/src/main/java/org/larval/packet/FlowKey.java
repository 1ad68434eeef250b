package org.larval.packet;

import io.netty.buffer.ByteBuf;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/**
 * What Linux calls a flowi: the fields of a packet that selectors, rules and routes look at. It is
 * mutable so that an engine can fill one for each packet; to keep one, {@link #copy()} it.
 *
 * <p>The ports hold what an xfrm selector compares: ports for TCP, UDP, UDP-Lite, SCTP and DCCP;
 * type and code for ICMP and ICMPv6; the halves of the key for GRE; 0 and 0 for others and for
 * fragments that are not the first.
 */
public final class FlowKey {
  public boolean v6;
  public long sourceHigh;
  public long sourceLow;
  public long targetHigh;
  public long targetLow;
  public int protocol;
  public int sourcePort;
  public int targetPort;

  /** The interface that the packet leaves by, 0 for none. */
  public int oif;

  public int mark;

  /** SID of the flow, 0 for none. */
  public int label;

  /** DSCP and ECN. */
  public int trafficClass;

  private final Ipv4View ipv4 = new Ipv4View();
  private final Ipv6View ipv6 = new Ipv6View();

  /** Everything zero. */
  public FlowKey() {}

  /** Sets the addresses; both must be of one family. */
  public FlowKey addresses(IpAddress source, IpAddress target) {
    v6 = target.v6();
    sourceHigh = source.high();
    sourceLow = source.low();
    targetHigh = target.high();
    targetLow = target.low();
    return this;
  }

  /** Sets protocol and ports. */
  public FlowKey ports(int ipProtocol, int source, int target) {
    protocol = ipProtocol;
    sourcePort = source;
    targetPort = target;
    return this;
  }

  /** The source as a value. */
  public IpAddress source() {
    return new IpAddress(v6, sourceHigh, sourceLow);
  }

  /** The destination as a value. */
  public IpAddress target() {
    return new IpAddress(v6, targetHigh, targetLow);
  }

  /**
   * Fills the key from an IP packet whose header is at the buffer's reader index, and label and
   * mark from the packet. False if it is no IP packet, or one with a malformed header (an IPv4
   * header checksum that is wrong counts as malformed).
   */
  public boolean decode(Packet packet) {
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    int length = data.readableBytes();
    label = packet.label;
    mark = packet.mark;
    oif = 0;
    if (length < 1) {
      return false;
    }
    int version = data.getUnsignedByte(at) >>> 4;
    if (version == 4 && ipv4.wrap(data, at, length) == null) {
      v6 = false;
      sourceHigh = 0;
      targetHigh = 0;
      sourceLow = data.getUnsignedInt(at + 12);
      targetLow = data.getUnsignedInt(at + 16);
      protocol = ipv4.protocol();
      trafficClass = ipv4.trafficClass();
      decodePorts(data, ipv4.payload(), ipv4.fragmentOffset() > 0 ? 0 : ipv4.payloadLength());
      return true;
    }
    if (version == 6 && ipv6.wrap(data, at, length) == null) {
      v6 = true;
      sourceHigh = data.getLong(at + 8);
      sourceLow = data.getLong(at + 16);
      targetHigh = data.getLong(at + 24);
      targetLow = data.getLong(at + 32);
      protocol = ipv6.protocol();
      trafficClass = ipv6.trafficClass();
      boolean later = ipv6.fragmentHeader() >= 0 && ipv6.fragmentOffset() > 0;
      decodePorts(data, ipv6.payload(), later ? 0 : ipv6.payloadLength());
      return true;
    }
    return false;
  }

  private void decodePorts(ByteBuf data, int at, int length) {
    sourcePort = 0;
    targetPort = 0;
    switch (protocol) {
      case IpProtocol.TCP, IpProtocol.UDP, IpProtocol.UDPLITE, IpProtocol.SCTP, IpProtocol.DCCP -> {
        if (length >= 4) {
          sourcePort = data.getUnsignedShort(at);
          targetPort = data.getUnsignedShort(at + 2);
        }
      }
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
        if (length >= 2) {
          sourcePort = data.getUnsignedByte(at);
          targetPort = data.getUnsignedByte(at + 1);
        }
      }
      case IpProtocol.MH -> {
        if (length >= 3) {
          sourcePort = data.getUnsignedByte(at + 2);
        }
      }
      case IpProtocol.GRE -> {
        boolean key = length >= 8 && (data.getUnsignedByte(at) & 0x20) != 0;
        int keyAt = at + ((length > 0 && (data.getUnsignedByte(at) & 0x80) != 0) ? 8 : 4);
        if (key && keyAt + 4 <= at + length) {
          sourcePort = data.getUnsignedShort(keyAt);
          targetPort = data.getUnsignedShort(keyAt + 2);
        }
      }
      default -> {}
    }
  }

  /** Source and destination, with their ports, change places; ICMP type and code stay. */
  public FlowKey reverse() {
    long high = sourceHigh;
    long low = sourceLow;
    sourceHigh = targetHigh;
    sourceLow = targetLow;
    targetHigh = high;
    targetLow = low;
    if (protocol != IpProtocol.ICMP && protocol != IpProtocol.ICMPV6) {
      int port = sourcePort;
      sourcePort = targetPort;
      targetPort = port;
    }
    return this;
  }

  /** Takes every field of another key. */
  public FlowKey set(FlowKey from) {
    v6 = from.v6;
    sourceHigh = from.sourceHigh;
    sourceLow = from.sourceLow;
    targetHigh = from.targetHigh;
    targetLow = from.targetLow;
    protocol = from.protocol;
    sourcePort = from.sourcePort;
    targetPort = from.targetPort;
    oif = from.oif;
    mark = from.mark;
    label = from.label;
    trafficClass = from.trafficClass;
    return this;
  }

  /** A key to keep. */
  public FlowKey copy() {
    return new FlowKey().set(this);
  }

  @Override
  public String toString() {
    String ports =
        switch (protocol) {
          case IpProtocol.ICMP, IpProtocol.ICMPV6 -> " type " + sourcePort + " code " + targetPort;
          default ->
              sourcePort == 0 && targetPort == 0
                  ? ""
                  : " sport " + sourcePort + " dport " + targetPort;
        };
    return "src " + source() + " dst " + target() + " proto " + IpProtocol.name(protocol) + ports;
  }
}
