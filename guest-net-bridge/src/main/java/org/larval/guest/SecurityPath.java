package org.larval.guest;

import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;

/**
 * IPsec as the IP layer sees it. The lab implements it over the xfrm engine; {@link #NONE} is a
 * kernel without xfrm.
 *
 * <p>The way out: {@link #resolve} while routing; then the stack calls {@link Dst#output}. After a
 * transform the path hands the result to {@code GuestStack.outputTransformed}. The way in: {@link
 * #input} for ESP, AH and IPComp; after decapsulation the path calls {@code GuestStack.reinject};
 * {@link #admits} is asked before local delivery and before forwarding.
 */
public interface SecurityPath {
  /** The direction of an inbound policy check. */
  enum Check {
    IN,
    FORWARD
  }

  /** No IPsec: everything in clear, ESP and AH are unknown protocols. */
  SecurityPath NONE =
      new SecurityPath() {
        @Override
        public Dst resolve(long now, FlowKey flow, Dst route, Caller caller, Effects out) {
          return route;
        }

        @Override
        public void input(long now, Packet packet, int protocol, Effects out) {
          out.drop(packet, DropReason.UNKNOWN_PROTOCOL);
        }

        @Override
        public boolean admits(long now, Packet packet, Check check, Effects out) {
          return true;
        }
      };

  /**
   * The route-time look-up (xfrm_lookup_route): answers {@code route} itself for clear text, or a
   * Dst of its own. The flow is the caller's scratch; it must be copied to be kept.
   */
  Dst resolve(long now, FlowKey flow, Dst route, Caller caller, Effects out);

  /**
   * The same for a packet that is being forwarded, which may be an ICMP error to be protected as
   * the packet that it quotes (xfrm_route_forward). Reader index at the IP header.
   */
  default Dst resolveForwarded(long now, FlowKey flow, Packet packet, Dst route, Effects out) {
    return resolve(now, flow, route, Caller.FORWARD, out);
  }

  /**
   * The same for an ICMP error that this guest is about to make (icmp_route_lookup,
   * icmpv6_route_lookup): one that would go in clear may go as an answer to the packet that it is
   * about.
   *
   * @param answer the flow of that packet, turned round; the caller's scratch too
   */
  default Dst resolveError(long now, FlowKey flow, FlowKey answer, Dst route, Effects out) {
    return resolve(now, flow, route, Caller.STACK, out);
  }

  /**
   * Takes an ESP, AH or IPComp packet that is addressed to this guest, whole and not a fragment;
   * reader index at the IP header, {@link Packet#transport()} at the header after IP. For {@code
   * UDP} that is a UDP header, and ESP stands behind it.
   */
  void input(long now, Packet packet, int protocol, Effects out);

  /**
   * Whether an ICMP error that quotes an IPsec packet concerns an SA of this guest (xfrm4_esp_err):
   * only then is its MTU believed.
   *
   * @param quoted of the quoted packet, as it was sent
   * @param spi that it names
   */
  default boolean sent(FlowKey quoted, int spi) {
    return false;
  }

  /**
   * Whether an IP-in-IP packet addressed to this guest is for {@link #input}; reader index at the
   * outer header.
   */
  default boolean opensPlainTunnel(Packet packet) {
    return false;
  }

  /**
   * Whether the packet was protected as policy demands (xfrm_policy_check). If not, the path has
   * dropped it. Reader index at the IP header.
   */
  boolean admits(long now, Packet packet, Check check, Effects out);
}
