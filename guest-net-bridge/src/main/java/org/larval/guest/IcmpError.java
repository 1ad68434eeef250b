package org.larval.guest;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;
import org.larval.wire.IcmpView;
import org.larval.wire.Icmpv6View;

/**
 * The errors of ICMP and ICMPv6 that a stack makes or understands, with what Linux tells a socket
 * (icmp_err_convert, icmpv6_err_convert).
 */
public enum IcmpError {
  /** No route to the network. */
  NET_UNREACHABLE(3, 0, 1, 0, Errno.ENETUNREACH, false),
  /** The last hop cannot reach the host. */
  HOST_UNREACHABLE(3, 1, 1, 3, Errno.EHOSTUNREACH, false),
  /** The host does not speak the protocol. */
  PROTOCOL_UNREACHABLE(3, 2, 4, 1, Errno.ENOPROTOOPT, true),
  /** Nobody listens on the port. */
  PORT_UNREACHABLE(3, 3, 1, 4, Errno.ECONNREFUSED, true),
  /** The packet does not fit a link of the path. */
  PACKET_TOO_BIG(3, 4, 2, 0, Errno.EMSGSIZE, true),
  /** A filter or a label forbids the network. */
  NET_PROHIBITED(3, 9, 1, 1, Errno.ENETUNREACH, true),
  /** A filter or a label forbids the host. */
  HOST_PROHIBITED(3, 10, 1, 1, Errno.EHOSTUNREACH, true),
  /** A filter forbids the packet. */
  ADMIN_PROHIBITED(3, 13, 1, 1, Errno.EHOSTUNREACH, true),
  /** The packet went over too many hops. */
  TIME_EXCEEDED(11, 0, 3, 0, Errno.EHOSTUNREACH, false),
  /** Not all fragments arrived in time. */
  REASSEMBLY_EXCEEDED(11, 1, 3, 1, Errno.EHOSTUNREACH, false),
  /** A header field made no sense. */
  PARAMETER_PROBLEM(12, 0, 4, 0, Errno.EINVAL, true);

  private static final IcmpError[] ALL = values();

  private final int type4;
  private final int code4;
  private final int type6;
  private final int code6;
  private final Errno errno;
  private final boolean hard;

  IcmpError(int type4, int code4, int type6, int code6, Errno errno, boolean hard) {
    this.type4 = type4;
    this.code4 = code4;
    this.type6 = type6;
    this.code6 = code6;
    this.errno = errno;
    this.hard = hard;
  }

  /** The error of a type and code, or null for what is no error or an unknown one. */
  public static @Nullable IcmpError of(boolean v6, int type, int code) {
    for (IcmpError error : ALL) {
      if (error.type(v6) == type && error.code(v6) == code) {
        return error;
      }
    }
    if (type == (v6 ? Icmpv6View.PARAMETER_PROBLEM : IcmpView.PARAMETER_PROBLEM)) {
      return PARAMETER_PROBLEM;
    }
    return type == (v6 ? Icmpv6View.UNREACHABLE : IcmpView.UNREACHABLE) ? HOST_UNREACHABLE : null;
  }

  /** Whether a message of this type is an error, about which no error may be sent. */
  static boolean isError(boolean v6, int type) {
    if (v6) {
      return type < 128;
    }
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

  int type(boolean v6) {
    return v6 ? type6 : type4;
  }

  int code(boolean v6) {
    return v6 ? code6 : code4;
  }

  /** What a socket is told. */
  public Errno errno() {
    return errno;
  }

  /** Whether a connected datagram socket is told even if it did not ask for errors. */
  public boolean hard() {
    return hard;
  }
}
