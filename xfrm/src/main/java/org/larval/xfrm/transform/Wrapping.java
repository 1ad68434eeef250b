package org.larval.xfrm.transform;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;

/**
 * The mode of an SA: which part of a packet goes behind the IPsec header, which IP header stands
 * before it, and how both come off again (struct xfrm_mode). One object belongs to one SA and works
 * on one packet at a time: {@link #admit}, then {@link #wrap}; or {@link #fits}, then {@link
 * #unwrap}.
 */
abstract sealed class Wrapping permits BeetWrapping, TransportWrapping, TunnelWrapping {
  /** The packet that goes out. */
  final IpPlace ip = new IpPlace();

  /** Whether the SA's own addresses are of IPv6. */
  final boolean outerV6;

  /** After {@link #admit}: bytes of the packet that go behind the IPsec header. */
  int plain;

  /** After {@link #admit}: the protocol number of what goes behind the IPsec header. */
  int next;

  /** After {@link #admit}: bytes of IP header, options and extensions before the IPsec header. */
  int headers;

  Wrapping(boolean outerV6) {
    this.outerV6 = outerV6;
  }

  /**
   * The wrapping of a mode.
   *
   * @param selector what the SA may carry, or null for all
   * @throws IllegalArgumentException in words for the user, for modes that carry no packets
   */
  static Wrapping of(
      Mode mode,
      boolean outerV6,
      @Nullable Selector selector,
      SaParameters parameters,
      int identification) {
    return switch (mode) {
      case TRANSPORT -> new TransportWrapping(outerV6);
      case TUNNEL -> new TunnelWrapping(outerV6, parameters, identification);
      case BEET -> new BeetWrapping(outerV6, selector);
      case RO, IN_TRIGGER ->
          throw new IllegalArgumentException(
              "mode "
                  + mode.label()
                  + " is for Mobile IPv6 and protects nothing;"
                  + " expected transport, tunnel or beet");
    };
  }

  abstract Mode mode();

  /** Outbound: looks at a packet and says what of it is protected, or why it cannot be. */
  abstract @Nullable DropReason admit(State sa, Packet packet);

  /**
   * Outbound, after {@link #admit}: makes room and writes the IP header. Afterwards the packet's
   * reader index is at that header, and its writer index {@code back} bytes behind the plain part.
   *
   * @param front bytes between the IP header and the plain part
   * @param back bytes behind the plain part
   * @param protocol what the IP header names
   * @return absolute index of the plain part
   */
  abstract int wrap(State sa, Packet packet, int front, int back, int protocol);

  /** Inbound: whether the packet is whole and of this SA's family. */
  final boolean fits(IpPlace came) {
    return came.v6() == outerV6 && !came.isFragment();
  }

  /**
   * Inbound, after {@link #fits}: takes everything before the opened payload off. Afterwards the
   * packet is what was sent.
   *
   * @param came where the packet's headers are
   * @param payload absolute index of the payload
   * @param length its bytes, padding left out
   * @param protocol what it is
   */
  abstract @Nullable DropReason unwrap(
      State sa, Packet packet, IpPlace came, int payload, int length, int protocol);

  /** Bytes of IP header that it adds. */
  abstract int added();

  /** Bytes of IP header that are not counted as payload when an MTU is worked out (xfrm's adj). */
  abstract int kept();
}
