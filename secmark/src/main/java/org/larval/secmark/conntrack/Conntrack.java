package org.larval.secmark.conntrack;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.Verdict;
import org.larval.wire.Checksum;
import org.larval.wire.IcmpView;
import org.larval.wire.Icmpv6View;
import org.larval.wire.IpProtocol;
import org.larval.wire.UdpView;

/**
 * Connection tracking (nf_conntrack): {@link #track} at PREROUTING and OUTPUT, {@link #confirm} at
 * the end of INPUT and POSTROUTING. Between them a new connection is only the packet's own.
 *
 * <p><b>Under a flood.</b> The table never holds more than {@link ConntrackSettings#max}
 * connections. When it is full, a packet that would begin another one makes room by taking the
 * place of a connection that is not assured, looked for in eight buckets from its own on
 * (early_drop); a connection becomes assured when TCP's handshake is over, or when an answered UDP
 * exchange lasts two seconds. So a SYN flood pushes out half-open connections, its own and others',
 * but no established one. If nobody can go, the packet is dropped as CONNTRACK_TABLE_FULL; packets
 * of known connections always pass. Half-open connections go by themselves after 120 s (SYN seen)
 * or 60 s (answered).
 *
 * <p><b>Fragments.</b> Linux puts datagrams together before it tracks them. Here only INPUT does,
 * so a fragment is not tracked where it arrives and its state is INVALID, and the datagram is
 * tracked at INPUT. A forwarded fragment stays untracked.
 */
public final class Conntrack {
  private static final long SECOND = 1_000_000_000L;
  private static final long UDP_UNREPLIED = 30 * SECOND;
  private static final long UDP_STREAM = 120 * SECOND;
  private static final long UDP_STREAM_AFTER = 2 * SECOND;
  private static final long ICMP = 30 * SECOND;
  private static final long GENERIC = 600 * SECOND;
  private static final long ASSOCIATION = 210 * SECOND;
  private static final long SWEEP_INTERVAL = 60 * SECOND;
  private static final int SWEEP_BUCKETS = 16_384;
  private static final int HIGHEST_ICMP_TYPE = 18;
  private static final int RECENT = 64;

  private final ConntrackSettings settings;
  private final long secret;
  private final ConnectionTable table;

  /** Connections that packets came of lately, by a hash that costs little. */
  private final @Nullable Connection[] recent = new @Nullable Connection[RECENT];

  private final Tuple tuple = new Tuple();
  private final Headers quoted = new Headers();
  private final TcpTracking tcp = new TcpTracking();
  private long sweepAt = Long.MAX_VALUE;
  private long inserted;
  private long droppedEarly;
  private long dropped;
  private long invalid;

  /**
   * An empty table.
   *
   * @param secret random: what the places in the table depend on
   */
  public Conntrack(ConntrackSettings settings, long secret) {
    this.settings = settings;
    this.secret = secret;
    table = new ConnectionTable(settings.max());
  }

  /** Whether a packet has its connection, from the loopback or an earlier hook, or has notrack. */
  public boolean saw(Packet packet) {
    return packet.connection != null || packet.connectionState == CtState.UNTRACKED;
  }

  /**
   * Finds or begins the connection of a packet (nf_conntrack_in) and notes it and its state in the
   * packet.
   *
   * @param headers decoded from the packet
   * @param arrived whether the packet comes from a NIC: then its checksum is looked at
   */
  public Verdict track(long now, Packet packet, Headers headers, boolean arrived) {
    if (now >= sweepAt) {
      onDeadline(now);
    }
    if (saw(packet)) {
      return Verdict.CONTINUE;
    }
    if (headers.fragment) {
      return Verdict.CONTINUE;
    }
    boolean checked = arrived && settings.checksum();
    switch (headers.protocol) {
      case IpProtocol.ICMP -> {
        if (headers.v6 || !headers.has(IcmpView.HEADER) || checked && !checksumRight(headers)) {
          return invalid(packet);
        }
        int type = headers.octet(0);
        if (type > HIGHEST_ICMP_TYPE) {
          return invalid(packet);
        }
        if (isError(type)) {
          return related(now, packet, headers, IcmpView.HEADER);
        }
      }
      case IpProtocol.ICMPV6 -> {
        if (!headers.v6 || !headers.has(Icmpv6View.HEADER) || checked && !checksumRight(headers)) {
          return invalid(packet);
        }
        int type = headers.octet(0);
        if (isHousekeeping(type)) {
          packet.connectionState = CtState.UNTRACKED;
          return Verdict.CONTINUE;
        }
        if (type < Icmpv6View.ECHO) {
          return related(now, packet, headers, Icmpv6View.HEADER);
        }
      }
      case IpProtocol.TCP -> {
        if (!tcp.read(headers) || checked && !checksumRight(headers)) {
          return invalid(packet);
        }
      }
      case IpProtocol.UDP -> {
        if (!headers.has(UdpView.HEADER)
            || headers.word(4) < UdpView.HEADER
            || headers.word(4) > headers.transportLength
            || checked && headers.word(6) != 0 && !checksumRight(headers)) {
          return invalid(packet);
        }
      }
      default -> {}
    }
    if (!tuple.of(headers)) {
      return invalid(packet);
    }
    return resolve(now, packet);
  }

  private static boolean isError(int type) {
    return switch (type) {
      case IcmpView.UNREACHABLE,
          4,
          IcmpView.REDIRECT,
          IcmpView.TIME_EXCEEDED,
          IcmpView.PARAMETER_PROBLEM ->
          true;
      default -> false;
    };
  }

  /** Neighbour discovery and group membership begin no connections (noct_valid_new). */
  private static boolean isHousekeeping(int type) {
    return type >= 130 && type <= 136 || type == 143;
  }

  private static boolean checksumRight(Headers headers) {
    long sum =
        headers.protocol == IpProtocol.ICMP
            ? 0
            : Checksum.pseudoHeader(
                headers.buffer(),
                headers.network,
                headers.v6,
                headers.protocol,
                headers.transportLength);
    return Checksum.fold(
            sum + Checksum.sum(headers.buffer(), headers.transport, headers.transportLength))
        == 0;
  }

  private Verdict invalid(Packet packet) {
    packet.connectionState = CtState.INVALID;
    invalid++;
    return Verdict.CONTINUE;
  }

  private Verdict resolve(long now, Packet packet) {
    int place = tuple.place(RECENT);
    Connection known = recent[place];
    long hash = known != null && tuple.isIn(known) ? known.hash : tuple.hash(secret);
    for (int attempt = 0; attempt < 2; attempt++) {
      Connection connection =
          known != null && known.stands(now) && tuple.isIn(known)
              ? known
              : table.find(now, tuple, hash);
      boolean reply = connection != null && !tuple.isOriginalOf(connection);
      if (connection == null) {
        if (!hasRoom(now, hash)) {
          dropped++;
          return Verdict.drop(DropReason.CONNTRACK_TABLE_FULL);
        }
        if (!begins()) {
          return invalid(packet);
        }
        connection = new Connection(tuple, hash);
        connection.streamFrom = now + UDP_STREAM_AFTER;
      }
      int state =
          reply
              ? CtState.ESTABLISHED | CtState.REPLY
              : connection.seenReply ? CtState.ESTABLISHED : CtState.NEW;
      switch (follow(now, connection, reply)) {
        case BELONGS -> {
          connection.seenReply |= reply;
          recent[place] = connection;
          packet.connection = connection;
          packet.connectionState = state;
          return Verdict.CONTINUE;
        }
        case ENDS -> {
          table.remove(connection);
          packet.connection = connection;
          packet.connectionState = state;
          return Verdict.CONTINUE;
        }
        case INVALID -> {
          return invalid(packet);
        }
        case REPEAT -> table.remove(connection);
      }
    }
    return Verdict.drop(DropReason.CONNTRACK_REFUSED);
  }

  private boolean hasRoom(long now, long hash) {
    if (table.size() < settings.max()) {
      return true;
    }
    if (table.dropEarly(now, hash)) {
      droppedEarly++;
      return true;
    }
    return false;
  }

  /** Whether a connection may begin with the packet whose tuple is at hand. */
  private boolean begins() {
    return switch (tuple.protocol) {
      case IpProtocol.TCP -> tcp.begins(settings.tcpLoose());
      case IpProtocol.ICMP ->
          switch (tuple.targetId >>> 8) {
            case IcmpView.ECHO, 13, 15, 17 -> true;
            default -> false;
          };
      case IpProtocol.ICMPV6 ->
          switch (tuple.targetId >>> 8) {
            case Icmpv6View.ECHO, 139 -> true;
            default -> false;
          };
      default -> true;
    };
  }

  private TcpTracking.Outcome follow(long now, Connection c, boolean reply) {
    switch (c.protocol) {
      case IpProtocol.TCP -> {
        return tcp.follow(now, c, reply);
      }
      case IpProtocol.UDP, IpProtocol.UDPLITE -> {
        boolean stream = c.seenReply && now > c.streamFrom;
        c.expires = now + (stream ? UDP_STREAM : UDP_UNREPLIED);
        c.assured |= stream;
      }
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> c.expires = now + ICMP;
      case IpProtocol.SCTP, IpProtocol.DCCP -> {
        c.expires = now + (c.seenReply || reply ? ASSOCIATION : UDP_UNREPLIED);
        c.assured |= c.seenReply && !reply;
      }
      default -> c.expires = now + GENERIC;
    }
    return TcpTracking.Outcome.BELONGS;
  }

  /** An ICMP error belongs to the connection of what it quotes (nf_conntrack_inet_error). */
  private Verdict related(long now, Packet packet, Headers headers, int header) {
    int at = headers.transport + header;
    if (!quoted.decodeQuoted(headers.buffer(), at, headers.transportLength - header)
        || quoted.v6 != headers.v6
        || quoted.fragmentOffset != 0
        || !tuple.of(quoted)
        || !tuple.invert()) {
      return invalid(packet);
    }
    Connection connection = table.find(now, tuple, tuple.hash(secret));
    if (connection == null
        || headers.targetLow != tuple.targetLow
        || headers.targetHigh != tuple.targetHigh) {
      return invalid(packet);
    }
    boolean reply = !tuple.isOriginalOf(connection);
    packet.connection = connection;
    packet.connectionState = reply ? CtState.RELATED | CtState.REPLY : CtState.RELATED;
    return Verdict.CONTINUE;
  }

  /**
   * The packet passed all rules: its connection, if new, enters the table (__nf_conntrack_confirm).
   * If another packet of the same connection was here first, UDP joins that one's connection and
   * others are dropped.
   */
  public Verdict confirm(long now, Packet packet) {
    if (!(packet.connection instanceof Connection connection)
        || connection.confirmed
        || (packet.connectionState & CtState.REPLY) != 0) {
      return Verdict.CONTINUE;
    }
    if (connection.dying) {
      return Verdict.CONTINUE; // a reset, which ended it before it was known
    }
    tuple.set(connection);
    Connection first = table.find(now, tuple, connection.hash);
    if (first != null) {
      if (connection.protocol != IpProtocol.UDP || !tuple.isOriginalOf(first)) {
        dropped++;
        return Verdict.drop(DropReason.CONNTRACK_CLASH);
      }
      packet.connection = first;
      return Verdict.CONTINUE;
    }
    if (!hasRoom(now, connection.hash)) {
      dropped++;
      return Verdict.drop(DropReason.CONNTRACK_TABLE_FULL);
    }
    table.add(connection);
    inserted++;
    if (sweepAt == Long.MAX_VALUE) {
      sweepAt = now + SWEEP_INTERVAL;
    }
    return Verdict.CONTINUE;
  }

  /**
   * When the table is next searched for what is expired; {@link Long#MAX_VALUE} while empty. Nobody
   * need wait for it: what is expired is never found, and the next packet searches too.
   */
  public long deadline() {
    return sweepAt;
  }

  /** Searches a part of the table. */
  public void onDeadline(long now) {
    boolean all = table.sweep(now, SWEEP_BUCKETS);
    if (table.size() == 0) {
      sweepAt = Long.MAX_VALUE;
    } else {
      sweepAt = now + (all ? SWEEP_INTERVAL : SECOND);
    }
  }

  /** How many connections the table holds, some of them perhaps expired. */
  public int size() {
    return table.size();
  }

  /** The connections, as {@code conntrack -L} lists them, in the order of the table. */
  public List<Connection> connections(long now) {
    return table.all(now);
  }

  /**
   * What {@code conntrack -S} counts.
   *
   * @param inserted connections that entered the table
   * @param invalid packets that belong to none
   * @param dropped packets dropped for want of room or in a clash
   * @param earlyDrop connections that others took the place of
   */
  public record Statistics(long inserted, long invalid, long dropped, long earlyDrop) {}

  /** The counters now. */
  public Statistics statistics() {
    return new Statistics(inserted, invalid, dropped, droppedEarly);
  }
}
