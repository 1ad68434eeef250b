package org.larval.lab.show;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.larval.ike.message.Datagram4500;
import org.larval.lab.show.ShowReport.Layer;
import org.larval.lab.show.ShowReport.Shown;
import org.larval.pcap.CapturedFrame;
import org.larval.wire.Checksum;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;
import org.larval.wire.Malformed;
import org.larval.wire.UdpView;
import org.larval.xfrm.Mode;

/** Takes frames apart, outermost header first, and through every SA that is known. */
final class Dissector {
  /** Nested deeper than any stack sends. */
  private static final int MAX_DEPTH = 16;

  private final SecurityLayers security;
  private final LabelLayers labels;
  private final IkeLayers ike;
  private final Fragments fragments = new Fragments();
  private final Upper upper = new Upper();

  private final Encapsulation encapsulation = new Encapsulation();

  private List<Layer> layers = new ArrayList<>();
  private int frame;
  private long nanos;

  Dissector(SecurityLayers security, LabelLayers labels, IkeLayers ike) {
    this.security = security;
    this.labels = labels;
    this.ike = ike;
  }

  /** One frame; fragments wait in here for the others of their datagram. */
  Shown show(int number, double seconds, CapturedFrame captured) {
    frame = number;
    nanos = captured.timestampNanos();
    layers = new ArrayList<>();
    security.begin(captured.isCut());
    labels.begin(captured);
    ByteBuf data = captured.data();
    int offset = captured.packetOffset();
    LinkLayer.words(captured, layers);
    if (offset >= 0) {
      int at = data.readerIndex() + offset;
      byte[] packet = new byte[data.writerIndex() - at];
      data.getBytes(at, packet);
      packet(packet, 0, false);
    }
    return new Shown(
        number,
        seconds,
        captured.originalLength(),
        security.verdict(),
        security.resealed(),
        labels.outermost(),
        List.copyOf(layers));
  }

  private void add(int depth, String name, String text) {
    layers.add(new Layer(depth, name, text, null));
  }

  /**
   * A packet from its IP header on.
   *
   * @param shown whether its IP header was shown already: transport mode leaves it as it is
   */
  private void packet(byte[] packet, int depth, boolean shown) {
    if (depth == MAX_DEPTH) {
      add(depth, "ip", "nested too deep");
    } else if (packet.length > 0 && packet[0] >>> 4 == 4) {
      ipv4(packet, depth, shown);
    } else if (packet.length > 0 && packet[0] >>> 4 == 6) {
      ipv6(packet, depth, shown);
    } else {
      add(depth, "ip", packet.length + " bytes, neither IPv4 nor IPv6");
    }
  }

  private void ipv4(byte[] bytes, int depth, boolean shown) {
    ByteBuf data = Unpooled.wrappedBuffer(bytes);
    Ipv4View ip = new Ipv4View();
    Malformed why = ip.wrap(data, 0, bytes.length);
    if (why != null) {
      add(depth, "ipv4", "malformed: " + why.sentence());
      labels.show(data, depth + 1, layers);
      if (bytes.length >= Ipv4View.HEADER) {
        security.malformed(depth + 1, bytes[9] & 0xff, why, layers);
      }
      return;
    }
    if (!shown) {
      add(depth, "ipv4", words(data, ip));
      labels.show(data, depth + 1, layers);
    }
    int end = ip.totalLength();
    if (!ip.isFragment()) {
      upper(
          Arrays.copyOf(bytes, end),
          ip.payload(),
          ip.protocol(),
          ip.source(),
          ip.target(),
          depth + (shown ? 0 : 1));
      return;
    }
    Fragments.Whole whole =
        fragments.add(
            new Fragments.Key(
                ip.source().toString(), ip.target().toString(), ip.identification(), ip.protocol()),
            new Fragments.Piece(
                frame,
                ip.fragmentOffset(),
                ip.moreFragments(),
                Arrays.copyOf(bytes, ip.headerLength()),
                Arrays.copyOfRange(bytes, ip.headerLength(), end)));
    if (whole != null) {
      ByteBuf all = Unpooled.wrappedBuffer(join(whole));
      int header = whole.header().length;
      if (all.readableBytes() <= 65_535) {
        all.setShort(2, all.readableBytes());
        all.setShort(6, all.getUnsignedShort(6) & Ipv4View.DONT_FRAGMENT);
        all.setShort(10, 0);
        all.setShort(10, Checksum.of(all, 0, header));
        reassembled(all.array(), whole, depth + 1);
      }
    }
  }

  private void ipv6(byte[] bytes, int depth, boolean shown) {
    ByteBuf data = Unpooled.wrappedBuffer(bytes);
    Ipv6View ip = new Ipv6View();
    Malformed why = ip.wrap(data, 0, bytes.length);
    if (why != null) {
      add(depth, "ipv6", "malformed: " + why.sentence());
      labels.show(data, depth + 1, layers);
      if (bytes.length >= Ipv6View.HEADER) {
        security.malformed(depth + 1, bytes[6] & 0xff, why, layers);
      }
      return;
    }
    if (!shown) {
      add(depth, "ipv6", words(data, ip));
      labels.show(data, depth + 1, layers);
    }
    int end = ip.totalLength();
    if (!ip.isFragment()) {
      upper(
          Arrays.copyOf(bytes, end),
          ip.payload(),
          ip.protocol(),
          ip.source(),
          ip.target(),
          depth + (shown ? 0 : 1));
      return;
    }
    int fragment = ip.fragmentHeader();
    byte[] header = Arrays.copyOf(bytes, fragment);
    header[protocolField(header)] = bytes[fragment];
    Fragments.Whole whole =
        fragments.add(
            new Fragments.Key(
                ip.source().toString(), ip.target().toString(), ip.identification(), 0),
            new Fragments.Piece(
                frame,
                ip.fragmentOffset(),
                ip.moreFragments(),
                header,
                Arrays.copyOfRange(bytes, fragment + Ipv6View.FRAGMENT_HEADER, end)));
    if (whole != null) {
      ByteBuf all = Unpooled.wrappedBuffer(join(whole));
      if (all.readableBytes() <= Ipv6View.HEADER + 65_535) {
        all.setShort(4, all.readableBytes() - Ipv6View.HEADER);
        reassembled(all.array(), whole, depth + 1);
      }
    }
  }

  /** The octet that names what follows headers that end with the array. */
  private static int protocolField(byte[] headers) {
    int field = 6;
    int at = Ipv6View.HEADER;
    while (at < headers.length) {
      field = at;
      at += ((headers[at + 1] & 0xff) + 1) * 8;
    }
    return field;
  }

  private static byte[] join(Fragments.Whole whole) {
    byte[] all = Arrays.copyOf(whole.header(), whole.header().length + whole.payload().length);
    System.arraycopy(whole.payload(), 0, all, whole.header().length, whole.payload().length);
    return all;
  }

  private void reassembled(byte[] packet, Fragments.Whole whole, int depth) {
    add(
        depth,
        "reassembled",
        packet.length
            + " bytes from frames "
            + String.join(", ", whole.frames().stream().map(String::valueOf).toList()));
    packet(packet, depth, true);
  }

  private static String words(ByteBuf data, Ipv4View ip) {
    StringBuilder text = new StringBuilder();
    text.append(ip.source()).append(" > ").append(ip.target());
    text.append(", ").append(ip.totalLength()).append(" bytes, ttl ").append(ip.ttl());
    text.append(", id ").append(ip.identification());
    text.append(ip.dontFragment() ? ", DF" : "");
    trafficClass(text, ip.trafficClass());
    if (ip.isFragment()) {
      fragment(text, ip.protocol(), ip.fragmentOffset(), ip.moreFragments());
    }
    if (ip.optionsLength() > 0) {
      text.append(", options ").append(options(data, ip));
    }
    return text.toString();
  }

  private static String words(ByteBuf data, Ipv6View ip) {
    StringBuilder text = new StringBuilder();
    text.append(ip.source()).append(" > ").append(ip.target());
    text.append(", ").append(ip.totalLength()).append(" bytes, hop limit ").append(ip.hopLimit());
    if (ip.flowLabel() != 0) {
      text.append(", flow 0x").append(Integer.toHexString(ip.flowLabel()));
    }
    trafficClass(text, ip.trafficClass());
    if (ip.payload() > Ipv6View.HEADER) {
      text.append(", extensions ").append(extensions(data, ip));
    }
    if (ip.isFragment()) {
      fragment(text, ip.protocol(), ip.fragmentOffset(), ip.moreFragments());
    }
    return text.toString();
  }

  private static void trafficClass(StringBuilder text, int octet) {
    if (octet != 0) {
      text.append(", dscp ").append(octet >>> 2);
      text.append(new String[] {"", " ECT(1)", " ECT(0)", " CE"}[octet & 3]);
    }
  }

  private static void fragment(StringBuilder text, int protocol, int offset, boolean more) {
    text.append(", fragment at ").append(offset).append(more ? "" : ", the last");
    text.append(" of ").append(Upper.name(protocol));
  }

  private static String options(ByteBuf data, Ipv4View ip) {
    List<String> names = new ArrayList<>();
    int at = ip.options();
    int stop = at + ip.optionsLength();
    while (at < stop) {
      int kind = data.getUnsignedByte(at);
      if (kind == 0) {
        break;
      }
      names.add(
          switch (kind) {
            case 1 -> "nop";
            case 7 -> "record-route";
            case 68 -> "timestamp";
            case 130 -> "security";
            case 131 -> "loose-route";
            case 133 -> "extended-security";
            case 134 -> "cipso";
            case 137 -> "strict-route";
            case 148 -> "router-alert";
            default -> Integer.toString(kind);
          });
      int size = kind == 1 ? 1 : at + 1 < stop ? data.getUnsignedByte(at + 1) : 0;
      if (size < 1 || kind != 1 && size < 2) {
        names.add("malformed");
        break;
      }
      at += size;
    }
    return String.join(" ", names);
  }

  private static String extensions(ByteBuf data, Ipv6View ip) {
    List<String> names = new ArrayList<>();
    int next = ip.nextHeader();
    int at = Ipv6View.HEADER;
    while (at < ip.payload()) {
      names.add(
          switch (next) {
            case IpProtocol.HOPOPT -> "hop-by-hop";
            case IpProtocol.ROUTING -> "routing";
            case IpProtocol.DSTOPTS -> "destination";
            case IpProtocol.FRAGMENT -> "fragment";
            default -> Integer.toString(next);
          });
      int size = next == IpProtocol.FRAGMENT ? 8 : (data.getUnsignedByte(at + 1) + 1) * 8;
      next = data.getUnsignedByte(at);
      at += size;
    }
    return String.join(" ", names);
  }

  /** What stands after the IP header of a packet without link padding. */
  private void upper(
      byte[] packet, int at, int protocol, IpAddress source, IpAddress target, int depth) {
    ByteBuf data = Unpooled.wrappedBuffer(packet);
    int length = packet.length - at;
    switch (protocol) {
      case IpProtocol.ESP, IpProtocol.AH, IpProtocol.IPCOMP ->
          secured(packet, at, protocol, target, depth);
      case IpProtocol.IPV4, IpProtocol.IPV6 ->
          packet(Arrays.copyOfRange(packet, at, packet.length), depth, false);
      default -> {
        long sum = Checksum.pseudoHeader(source, target, protocol, length);
        add(depth, Upper.name(protocol), upper.words(protocol, data, at, length, sum, target.v6()));
        if (protocol == IpProtocol.UDP) {
          datagram(packet, data, at, length, source, target, depth + 1);
        }
      }
    }
  }

  /** IKE, ESP or a keepalive inside of UDP. */
  private void datagram(
      byte[] packet,
      ByteBuf data,
      int at,
      int length,
      IpAddress source,
      IpAddress target,
      int depth) {
    UdpView udp = new UdpView();
    if (udp.wrap(data, at, length) != null) {
      return;
    }
    int payload = udp.payload();
    byte[] octets = Arrays.copyOfRange(packet, payload, payload + udp.payloadLength());
    boolean known = octets.length >= 4 && security.hasInUdp(udp, target, data.getInt(payload));
    switch (encapsulation.tell(source, target, udp, octets, known)) {
      case KEEPALIVE -> add(depth, "keepalive", "of address translation");
      case MARKED_IKE ->
          ike.show(
              frame,
              nanos,
              Arrays.copyOfRange(octets, Datagram4500.MARKER, octets.length),
              depth,
              layers);
      case IKE -> ike.show(frame, nanos, octets, depth, layers);
      case ESP -> secured(packet, payload, IpProtocol.ESP, target, depth);
      case OTHER -> {}
    }
  }

  private void secured(byte[] packet, int at, int protocol, IpAddress target, int depth) {
    SecurityLayers.Opened opened = security.open(packet, at, protocol, target, depth, layers);
    if (opened != null) {
      packet(opened.inner(), depth + 1, opened.mode() == Mode.TRANSPORT);
    } else if (protocol == IpProtocol.AH && security.closed() && packet.length - at >= 12) {
      // AH hides nothing: without SAs its contents are shown, unverified
      int header = ((packet[at + 1] & 0xff) + 2) * 4;
      if (at + header <= packet.length) {
        int next = packet[at] & 0xff;
        byte[] rest = Arrays.copyOfRange(packet, at + header, packet.length);
        if (next == IpProtocol.IPV4 || next == IpProtocol.IPV6) {
          packet(rest, depth + 1, false);
        } else {
          add(depth + 1, Upper.name(next), rest.length + " bytes");
        }
      }
    }
  }
}
