package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;

/**
 * What an SA does to the bytes of a packet: ESP or AH in one mode, with its keys, sequence numbers
 * and replay window. The engine does what is common to all of them before and after: life cycle,
 * lifetimes, counting, the security path.
 *
 * <p>Every method works in place on a packet whose reader index is at its IP header, and answers
 * null if all went well, else why the packet must be dropped; the engine drops it. No method keeps
 * or releases the packet.
 */
public interface Transform {
  /**
   * Outbound: takes the next sequence number, encrypts or authenticates, puts the headers in front
   * (xfrm_output_one). Afterwards the reader index is at the new outermost IP header.
   */
  @Nullable DropReason protect(long now, State sa, Packet packet);

  /**
   * The same where it matters how large packets may become: traffic flow padding fills up no
   * further.
   *
   * @param childMtu the largest IP packet that may result, in bytes
   */
  default @Nullable DropReason protect(long now, State sa, Packet packet, int childMtu) {
    return protect(now, sa, packet);
  }

  /**
   * Inbound, before the lifetime check: does the encapsulation fit and is the sequence number new
   * (the first replay check of xfrm_input). Changes nothing. {@link Packet#transport()} is at the
   * ESP or AH header.
   */
  default @Nullable DropReason check(long now, State sa, Packet packet) {
    return null;
  }

  /**
   * Inbound: authenticates, decrypts, advances the window, strips the headers. Afterwards the
   * reader index is at the IP header of the opened packet.
   */
  @Nullable DropReason open(long now, State sa, Packet packet);

  /** The most bytes by which {@link #protect} makes a packet longer. */
  int overhead();

  /** The largest IP packet, in bytes, that fits a link of this MTU after {@link #protect}. */
  int mtu(int linkMtu);

  /**
   * A state that must stand beside one of this transform, with its own SPI and protocol, or null.
   * IPComp in tunnel mode has one for packets that come uncompressed.
   */
  default @Nullable State companion(State sa) {
    return null;
  }

  /** Overwrites the keys when the SA is deleted; from now on every packet is refused. */
  default void erase() {}
}
