package org.larval.ike;

import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;

/** What an IKE host asks the machine that it is on. */
public interface Surroundings {
  /** The address that packets to a peer leave from, or null if there is no route. */
  @Nullable IpAddress sourceFor(IpAddress peer);

  /**
   * Whether the policy allows {@code association polmatch}.
   *
   * @param flow context that a peer proposes or a packet has
   * @param policy context that is configured
   */
  boolean polmatch(String flow, String policy);

  /** When the inbound SA of a child last took a packet, {@link Long#MIN_VALUE} for never. */
  long lastInbound(ChildParameters child);

  /** The date, in milliseconds since 1970, for the validity of certificates. */
  long date(long now);
}
