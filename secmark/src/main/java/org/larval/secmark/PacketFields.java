package org.larval.secmark;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Packet;
import org.larval.secmark.conntrack.Connection;
import org.larval.secmark.conntrack.CtState;
import org.larval.secmark.conntrack.Headers;
import org.larval.wire.TcpView;

/**
 * A packet as rules see it. {@link #load} puts the value of a field into {@link #high} and {@link
 * #low}. Made once, filled for each packet.
 */
final class PacketFields {
  private static final int ETHER_TYPE_IPV4 = 0x800;
  private static final int ETHER_TYPE_IPV6 = 0x86dd;

  final Headers headers = new Headers();
  private final long[] namesHigh;
  private final long[] namesLow;
  private boolean hasIn;
  private boolean hasOut;
  private int inPort;
  private int outPort;

  /** The packet at hand: rules change its marks. */
  @Nullable Packet packet;

  /** Where a jump leads. */
  @Nullable Chain target;

  /** Whether a label was given since this was last cleared. */
  boolean stamped;

  /** The label that was given last, or null if it came from a connection. */
  @Nullable SecmarkObject given;

  /** The more significant half of what was loaded, or 0. */
  long high;

  /** The less significant half of what was loaded. */
  long low;

  PacketFields(Interfaces interfaces) {
    namesHigh = interfaces.highWords();
    namesLow = interfaces.lowWords();
  }

  /** Takes a packet, reader index at its IP header; false if it is not one that rules can judge. */
  boolean decode(Packet of, NfHook hook) {
    packet = of;
    hasIn = hook != NfHook.OUTPUT && (hook != NfHook.POSTROUTING || of.inPort >= 0);
    hasOut = hook != NfHook.PREROUTING && hook != NfHook.INPUT;
    inPort = of.inPort;
    outPort = of.outPort;
    return headers.decode(of.buffer(), of.buffer().readerIndex(), of.length());
  }

  /** The NIC that rules know it came in by, -1 for the loopback, -2 for none. */
  int in() {
    return hasIn ? inPort : -2;
  }

  /** The NIC that rules know it leaves by, -1 for the loopback, -2 for none. */
  int out() {
    return hasOut ? outPort : -2;
  }

  Packet packet() {
    Packet here = packet;
    if (here == null) {
      throw new IllegalStateException("no packet at hand");
    }
    return here;
  }

  /** Gives the packet a label of the rules. */
  void stamp(SecmarkObject label) {
    stamp(label.sid());
    given = label;
  }

  /** Gives the packet a label that a connection kept. */
  void stamp(int sid) {
    packet().secmark = sid;
    stamped = true;
    given = null;
  }

  @Nullable Connection connection() {
    return packet().connection instanceof Connection connection ? connection : null;
  }

  /** Whether the first bytes after IP are missing though the packet is no later fragment. */
  boolean lacks(int bytes) {
    return headers.fragmentOffset == 0 && headers.transportLength < bytes;
  }

  /** Whether the packet has the field. */
  boolean load(Field field) {
    high = 0;
    low = 0;
    if (field.version() != 0 && headers.v6 != (field.version() == 6)
        || field.protocol() >= 0 && headers.protocol != field.protocol()) {
      return false;
    }
    return switch (field) {
      case IP_SADDR, IP6_SADDR -> put(headers.sourceHigh, headers.sourceLow);
      case IP_DADDR, IP6_DADDR -> put(headers.targetHigh, headers.targetLow);
      case IP_PROTOCOL, IP6_NEXTHDR -> put(0, headers.firstProtocol);
      case IP_DSCP, IP6_DSCP -> put(0, headers.trafficClass >>> 2);
      case IP_TTL, IP6_HOPLIMIT -> put(0, headers.ttl);
      case IP_LENGTH -> put(0, headers.totalLength);
      case TCP_SPORT, UDP_SPORT, UDPLITE_SPORT, SCTP_SPORT, DCCP_SPORT, TH_SPORT ->
          headers.has(2) && put(0, headers.word(0));
      case TCP_DPORT, UDP_DPORT, UDPLITE_DPORT, SCTP_DPORT, DCCP_DPORT, TH_DPORT ->
          headers.has(4) && put(0, headers.word(2));
      case TCP_FLAGS -> headers.has(TcpView.HEADER - 6) && put(0, headers.octet(13));
      case ICMP_TYPE, ICMPV6_TYPE -> headers.has(1) && put(0, headers.octet(0));
      case ICMP_CODE, ICMPV6_CODE -> headers.has(2) && put(0, headers.octet(1));
      case META_L4PROTO -> put(0, headers.protocol);
      case META_NFPROTO -> put(0, headers.v6 ? 10 : 2);
      case META_PROTOCOL -> put(0, headers.v6 ? ETHER_TYPE_IPV6 : ETHER_TYPE_IPV4);
      case META_MARK -> put(0, packet().mark & 0xffff_ffffL);
      case META_LENGTH -> put(0, headers.totalLength);
      case IIF -> put(0, hasIn ? inPort + 2 : 0);
      case OIF -> put(0, hasOut ? outPort + 2 : 0);
      case IIFNAME -> hasIn ? putName(inPort) : put(0, 0);
      case OIFNAME -> hasOut ? putName(outPort) : put(0, 0);
      case CT_STATE -> put(0, CtState.of(packet().connectionState));
      case CT_STATUS, CT_MARK, CT_DIRECTION -> {
        Connection connection = connection();
        yield connection != null && loadConnection(field, connection);
      }
    };
  }

  private boolean loadConnection(Field field, Connection connection) {
    return switch (field) {
      case CT_STATUS -> put(0, connection.status());
      case CT_MARK -> put(0, connection.mark() & 0xffff_ffffL);
      default -> put(0, (packet().connectionState & CtState.REPLY) != 0 ? 1 : 0);
    };
  }

  private boolean put(long newHigh, long newLow) {
    high = newHigh;
    low = newLow;
    return true;
  }

  private boolean putName(int port) {
    int place = port + 1;
    return place < 0 || place >= namesHigh.length
        ? put(0, 0)
        : put(namesHigh[place], namesLow[place]);
  }
}
