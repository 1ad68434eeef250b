package org.larval.secmark.conntrack;

import org.larval.wire.TcpView;

/** Which state follows on which segment (tcp_conntracks of nf_conntrack_proto_tcp). */
final class TcpTransitions {
  static final int SYN = 0;
  static final int SYN_ACK = 1;
  static final int FIN = 2;
  static final int ACK = 3;
  static final int RST = 4;
  static final int OTHER = 5;

  /** The segment cannot belong to the connection. */
  static final int INVALID = 10;

  /** The segment says nothing about the state. */
  static final int IGNORE = 11;

  /**
   * A digit for each state before, from NONE to SYN_SENT2: the state after; v invalid, g ignore.
   */
  private static final String[] ORIGINAL = {
    "11ggggg119", "vv2vvvvvv2", "vv4466678v", "3v3355778v", "v888888888", "vvvvvvvvvv",
  };

  private static final String[] REPLY = {
    "v9vvvvv1v9", "v2ggggggg2", "vv4466678v", "vg2355778g", "v888888888", "vvvvvvvvvv",
  };

  private static final byte[] NEXT = new byte[2 * 6 * 10];

  static {
    for (int index = 0; index < 6; index++) {
      for (int state = 0; state < 10; state++) {
        NEXT[index * 10 + state] = value(ORIGINAL[index].charAt(state));
        NEXT[60 + index * 10 + state] = value(REPLY[index].charAt(state));
      }
    }
  }

  private TcpTransitions() {}

  private static byte value(char c) {
    return (byte) (c == 'v' ? INVALID : c == 'g' ? IGNORE : c - '0');
  }

  static int next(boolean reply, int index, int state) {
    return NEXT[(reply ? 60 : 0) + index * 10 + state];
  }

  /** What kind of segment the flags make (get_conntrack_index). */
  static int index(int flags) {
    if ((flags & TcpView.RST) != 0) {
      return RST;
    }
    if ((flags & TcpView.SYN) != 0) {
      return (flags & TcpView.ACK) != 0 ? SYN_ACK : SYN;
    }
    if ((flags & TcpView.FIN) != 0) {
      return FIN;
    }
    return (flags & TcpView.ACK) != 0 ? ACK : OTHER;
  }

  /** Whether the flags are a combination that exists (tcp_valid_flags). */
  static boolean valid(int flags) {
    return switch (flags & (TcpView.FIN | TcpView.SYN | TcpView.RST | TcpView.ACK | TcpView.URG)) {
      case TcpView.SYN,
          TcpView.SYN | TcpView.URG,
          TcpView.SYN | TcpView.ACK,
          TcpView.RST,
          TcpView.RST | TcpView.ACK,
          TcpView.FIN | TcpView.ACK,
          TcpView.FIN | TcpView.ACK | TcpView.URG,
          TcpView.ACK,
          TcpView.ACK | TcpView.URG ->
          true;
      default -> false;
    };
  }
}
