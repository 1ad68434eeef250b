package org.larval.xfrm;

import java.nio.ByteBuffer;
import org.larval.wire.IpProtocol;

/** A captured packet, and where its outermost IPsec header is. */
final class Hit {
  final byte[] bytes;
  final boolean v6;
  final int headers;
  final int at;
  final int protocol;

  Hit(byte[] bytes) {
    this.bytes = bytes;
    v6 = bytes[0] >>> 4 == 6;
    int upper = v6 ? 40 : (bytes[0] & 15) * 4;
    int next = bytes[v6 ? 6 : 9] & 0xff;
    while (v6
        && (next == IpProtocol.HOPOPT
            || next == IpProtocol.DSTOPTS
            || next == IpProtocol.ROUTING)) {
      next = bytes[upper] & 0xff;
      upper += ((bytes[upper + 1] & 0xff) + 1) * 8;
    }
    headers = upper;
    boolean udp = next == IpProtocol.UDP && ByteBuffer.wrap(bytes).getShort(upper + 2) == 4500;
    at = udp ? upper + 8 : upper;
    protocol = udp ? IpProtocol.ESP : next;
  }

  boolean isProtected() {
    return protocol == IpProtocol.ESP || protocol == IpProtocol.AH || protocol == IpProtocol.IPCOMP;
  }

  boolean encapsulated() {
    return at != headers;
  }

  int sequence() {
    return KernelSa.sequence(bytes, at, protocol);
  }

  /** The length of what stands before all that is protected. */
  int least() {
    return switch (protocol) {
      case IpProtocol.ESP -> 8;
      case IpProtocol.AH -> 12;
      default -> 4;
    };
  }
}
