package org.larval.ike;

import org.larval.ike.message.Octets;
import org.larval.wire.IpAddress;

/**
 * Where IKE messages come from or go to.
 *
 * @param address of the host
 * @param port UDP, 0 to 65535
 */
public record Endpoint(IpAddress address, int port) {
  /** The port of IKE. */
  public static final int IKE = 500;

  /** The port of IKE and ESP behind a NAT (RFC 3948). */
  public static final int NAT = 4500;

  /** The same host, another port. */
  public Endpoint on(int otherPort) {
    return port == otherPort ? this : new Endpoint(address, otherPort);
  }

  /** Address and port as they enter hashes: 4 or 16 octets, then 2. */
  public Octets octets() {
    Octets host =
        address.v6()
            ? Octets.number(address.high(), 8).and(Octets.number(address.low(), 8))
            : Octets.number(address.low(), 4);
    return host.and(Octets.number(port, 2));
  }

  @Override
  public String toString() {
    return (address.v6() ? "[" + address + "]" : address.toString()) + ":" + port;
  }
}
