package org.larval.xfrm;

import java.util.Set;
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
   *
   * @param ip where the packet's headers are, as was found just now
   */
  default @Nullable DropReason check(long now, State sa, Packet packet, IpPlace ip) {
    return null;
  }

  /**
   * Inbound: authenticates, decrypts, advances the window, strips the headers. Afterwards the
   * reader index is at the IP header of the opened packet.
   *
   * @param ip where the packet's headers are; of no use afterwards
   */
  @Nullable DropReason open(long now, State sa, Packet packet, IpPlace ip);

  /**
   * Outbound, before the state of the SA is even looked at: can a header be built for this packet
   * in this mode (xfrm_outer_mode_output). Changes nothing.
   */
  default @Nullable DropReason fits(State sa, Packet packet) {
    return null;
  }

  /**
   * How many bytes of plaintext {@link #protect} or {@link #open} last went over, for the byte
   * counter: the inner packet of a tunnel, else what follows the IP header and those of its
   * extensions that travel in clear. Valid too when {@link #open} answered that the inner packet
   * does not fit the mode. -1 if the engine is to find out by itself.
   */
  default int plaintextLength() {
    return -1;
  }

  /**
   * The transform of the same SA between other addresses (XFRM_MSG_MIGRATE), of another family or
   * in another encapsulation perhaps: keys, sequence numbers and replay window go on. This one is
   * erased before the answer is used, unless it is the answer; if nothing comes of the migration,
   * the answer is.
   *
   * @param moved the SA as it will be
   * @return null if it cannot be done
   */
  default @Nullable Transform moved(State moved) {
    return this;
  }

  /** What it was made to be wrapped in, or null; {@link State#encap} is what counts. */
  default @Nullable Encap encap() {
    return null;
  }

  /** The switches that it was made with. */
  default Set<StateFlag> flags() {
    return Set.of();
  }

  /** How many numbers the inbound window spans, 0 for none. */
  default int replayWindow() {
    return 0;
  }

  /** The highest sequence number received, unsigned. */
  default long lastIn() {
    return 0;
  }

  /** The last sequence number sent, unsigned. */
  default long lastOut() {
    return 0;
  }

  /** Packets refused because their number was left of the window (stats.replay_window). */
  default long replayWindowDrops() {
    return 0;
  }

  /** Packets refused because their number was seen before (stats.replay). */
  default long replayDrops() {
    return 0;
  }

  /** Packets whose check value was wrong (stats.integrity_failed). */
  default long integrityFailures() {
    return 0;
  }

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

  /** What a companion has instead of an SPI: a digest of its IPv6 source; for IPv4, the source. */
  static int companionSpi(long sourceHigh, long sourceLow) {
    int digest = Long.hashCode(sourceHigh ^ sourceLow);
    return digest == 0 ? 1 : digest;
  }

  /** Overwrites the keys when the SA is deleted; from now on every packet is refused. */
  default void erase() {}
}
