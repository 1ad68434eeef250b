package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;

/** What xfrm asks of routing: how tunnel endpoints are reached. */
@FunctionalInterface
public interface PeerRoutes {
  /** Every peer is reached; templates must name their source. */
  PeerRoutes ANY = target -> IpAddress.any(target.v6());

  /** The source address towards a tunnel endpoint, or null if there is no route. */
  @Nullable IpAddress source(IpAddress target);
}
