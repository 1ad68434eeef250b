package org.larval.xfrm.transform;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.State;
import org.larval.xfrm.Transform;

/** What the engine does with a packet that came in for an SA, and nothing around it. */
final class Arrival {
  private Arrival() {}

  /** Finds the headers, asks whether the packet may be opened, and opens it. */
  static @Nullable DropReason open(State sa, Packet packet) {
    Transform transform = Objects.requireNonNull(sa.transform());
    IpPlace ip = new IpPlace();
    if (!ip.locate(packet.buffer())) {
      return DropReason.XFRM_IN_HDR_ERROR;
    }
    DropReason refused = transform.check(0, sa, packet, ip);
    return refused == null ? transform.open(0, sa, packet, ip) : refused;
  }

  /** Opens without having asked, which must end as if one had. */
  static @Nullable DropReason openUnasked(State sa, Packet packet) {
    IpPlace ip = new IpPlace();
    return ip.locate(packet.buffer())
        ? Objects.requireNonNull(sa.transform()).open(0, sa, packet, ip)
        : DropReason.XFRM_IN_HDR_ERROR;
  }
}
