package org.larval.lab.show;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IcmpView;
import org.larval.wire.Icmpv6View;
import org.larval.wire.IpProtocol;
import org.larval.wire.Malformed;
import org.larval.wire.TcpView;
import org.larval.wire.UdpView;

/** What stands after IP, in words. */
final class Upper {
  private static final String[] FLAGS = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};

  private final TcpView tcp = new TcpView();
  private final UdpView udp = new UdpView();
  private final IcmpView icmp = new IcmpView();
  private final Icmpv6View icmpv6 = new Icmpv6View();

  /** The name of a protocol. */
  static String name(int protocol) {
    return switch (protocol) {
      case IpProtocol.ICMP -> "icmp";
      case IpProtocol.ICMPV6 -> "icmpv6";
      case IpProtocol.IPV4 -> "ipv4";
      case IpProtocol.IPCOMP -> "ipcomp";
      case IpProtocol.NO_NEXT -> "no-next-header";
      default -> {
        String name = IpProtocol.name(protocol);
        yield Character.isDigit(name.charAt(0)) ? "protocol-" + name : name;
      }
    };
  }

  /**
   * Describes bytes.
   *
   * @param sum of the pseudo header for this protocol and length
   */
  String words(int protocol, ByteBuf data, int at, int length, long sum, boolean v6) {
    return switch (protocol) {
      case IpProtocol.TCP -> tcp(data, at, length, sum);
      case IpProtocol.UDP -> udp(data, at, length, sum, v6);
      case IpProtocol.ICMP -> icmp(data, at, length);
      case IpProtocol.ICMPV6 -> icmpv6(data, at, length, sum);
      default -> length + " bytes";
    };
  }

  private static String broken(@Nullable Malformed why, int length) {
    return length + " bytes, malformed" + (why == null ? "" : ": " + why.sentence());
  }

  private String tcp(ByteBuf data, int at, int length, long sum) {
    Malformed why = tcp.wrap(data, at, length);
    if (why != null) {
      return broken(why, length);
    }
    List<String> flags = new ArrayList<>();
    for (int i = 0; i < FLAGS.length; i++) {
      if ((tcp.flags() & 1 << i) != 0) {
        flags.add(FLAGS[i]);
      }
    }
    return "%d > %d [%s] seq %s%s win %d, %d bytes%s"
        .formatted(
            tcp.sourcePort(),
            tcp.targetPort(),
            String.join(" ", flags),
            Integer.toUnsignedString(tcp.sequence()),
            tcp.has(TcpView.ACK) ? " ack " + Integer.toUnsignedString(tcp.acknowledgement()) : "",
            tcp.window(),
            tcp.payloadLength(),
            tcp.checksumRight(sum) ? "" : ", wrong checksum");
  }

  private String udp(ByteBuf data, int at, int length, long sum, boolean v6) {
    Malformed why = udp.wrap(data, at, length);
    if (why != null) {
      return broken(why, length);
    }
    return "%d > %d, %d bytes%s"
        .formatted(
            udp.sourcePort(),
            udp.targetPort(),
            udp.payloadLength(),
            udp.checksumRight(sum, v6) ? "" : ", wrong checksum");
  }

  private String icmp(ByteBuf data, int at, int length) {
    Malformed why = icmp.wrap(data, at, length);
    if (why != null) {
      return broken(why, length);
    }
    String what =
        switch (icmp.type()) {
          case IcmpView.ECHO -> "echo request";
          case IcmpView.ECHO_REPLY -> "echo reply";
          case IcmpView.UNREACHABLE ->
              icmp.code() == IcmpView.FRAGMENTATION_NEEDED
                  ? "fragmentation needed, mtu " + icmp.nextHopMtu()
                  : "unreachable, code " + icmp.code();
          case IcmpView.TIME_EXCEEDED -> "time exceeded, code " + icmp.code();
          case IcmpView.PARAMETER_PROBLEM -> "parameter problem at " + icmp.pointer();
          case IcmpView.REDIRECT -> "redirect";
          default -> "type " + icmp.type() + " code " + icmp.code();
        };
    boolean echo = icmp.type() == IcmpView.ECHO || icmp.type() == IcmpView.ECHO_REPLY;
    return what + echo(echo, icmp.identifier(), icmp.sequence()) + ", " + length + " bytes";
  }

  private String icmpv6(ByteBuf data, int at, int length, long sum) {
    Malformed why = icmpv6.wrap(data, at, length, sum);
    if (why != null) {
      return broken(why, length);
    }
    String what =
        switch (icmpv6.type()) {
          case Icmpv6View.ECHO -> "echo request";
          case Icmpv6View.ECHO_REPLY -> "echo reply";
          case Icmpv6View.UNREACHABLE -> "unreachable, code " + icmpv6.code();
          case Icmpv6View.PACKET_TOO_BIG -> "packet too big, mtu " + icmpv6.mtu();
          case Icmpv6View.TIME_EXCEEDED -> "time exceeded, code " + icmpv6.code();
          case Icmpv6View.PARAMETER_PROBLEM -> "parameter problem, code " + icmpv6.code();
          case Icmpv6View.ROUTER_SOLICITATION -> "router solicitation";
          case Icmpv6View.ROUTER_ADVERTISEMENT -> "router advertisement";
          case Icmpv6View.NEIGHBOUR_SOLICITATION ->
              "neighbour solicitation, who has " + icmpv6.neighbourTarget();
          case Icmpv6View.NEIGHBOUR_ADVERTISEMENT ->
              "neighbour advertisement of " + icmpv6.neighbourTarget();
          case Icmpv6View.REDIRECT -> "redirect";
          case 143 -> "multicast listener report";
          default -> "type " + icmpv6.type() + " code " + icmpv6.code();
        };
    boolean echo = icmpv6.type() == Icmpv6View.ECHO || icmpv6.type() == Icmpv6View.ECHO_REPLY;
    return what + echo(echo, icmpv6.identifier(), icmpv6.sequence()) + ", " + length + " bytes";
  }

  private static String echo(boolean echo, int identifier, int sequence) {
    return echo ? " id " + identifier + " seq " + sequence : "";
  }
}
