package org.larval.ike.config;

import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/**
 * Traffic that a child SA may carry, as it is configured.
 *
 * @param prefix addresses, or null for whatever address the host has or gets ({@code dynamic})
 * @param protocol of IP, 0 for all
 * @param firstPort the lowest port, or ICMP type and code as in RFC 7296 section 3.13.1
 * @param lastPort the highest
 */
public record TrafficSpec(@Nullable Prefix prefix, int protocol, int firstPort, int lastPort) {
  /** Everything that a host sends from whatever address it has. */
  public static final TrafficSpec DYNAMIC = new TrafficSpec(null, 0, 0, 0xffff);

  /** All traffic of addresses. */
  public static TrafficSpec of(Prefix prefix) {
    return new TrafficSpec(prefix.network(), 0, 0, 0xffff);
  }

  /** The addresses, given those of the host. */
  public Prefix addresses(IpAddress host) {
    return prefix == null ? Prefix.host(host) : prefix;
  }

  @Override
  public String toString() {
    String where = prefix == null ? "dynamic" : prefix.toString();
    if (protocol == 0 && firstPort == 0 && lastPort == 0xffff) {
      return where;
    }
    String ports =
        firstPort == 0 && lastPort == 0xffff
            ? ""
            : "/" + (firstPort == lastPort ? "" + firstPort : firstPort + "-" + lastPort);
    return where + "[" + (protocol == 0 ? "" : protocol) + ports + "]";
  }
}
