package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import org.larval.wire.Checksum;
import org.larval.wire.IpProtocol;
import org.larval.wire.UdpView;
import org.larval.xfrm.Encap;
import org.larval.xfrm.State;

/**
 * The UDP header before ESP (RFC 3948 section 2.1). Over IPv4 its checksum is zero; over IPv6 it is
 * worked out, as Linux does.
 */
final class UdpEncapsulation {
  private UdpEncapsulation() {}

  /** Writes the header at {@code at}; the writer index must be at the end of the packet. */
  static void emit(ByteBuf data, int at, Encap encap, State sa) {
    int length = data.writerIndex() - at;
    if (sa.target().v6()) {
      long pseudo = Checksum.pseudoHeader(sa.source(), sa.target(), IpProtocol.UDP, length);
      UdpView.emit(data, at, encap.sourcePort(), encap.targetPort(), length, pseudo);
      return;
    }
    data.setShort(at, encap.sourcePort());
    data.setShort(at + 2, encap.targetPort());
    data.setShort(at + 4, length);
    data.setShort(at + 6, 0);
  }
}
