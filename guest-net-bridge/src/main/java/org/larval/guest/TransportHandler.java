package org.larval.guest;

import org.larval.packet.Effects;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;

/** A transport protocol that is attached to a stack from outside: TCP. */
public interface TransportHandler {
  /**
   * A whole segment for this guest that the security path admits; taken. Reader index at the IP
   * header, {@link Packet#transport()} at the segment, writer index at its end.
   */
  void onSegment(long now, Packet packet, Effects out);

  /**
   * An ICMP error about a segment that this guest sent; only a remark, no packet.
   *
   * @param quoted the flow of the quoted segment: its source is this guest. Scratch of the caller
   * @param firstWord the 32 bits after the ports: a TCP sequence number
   * @param mtu the path MTU for {@link IcmpError#PACKET_TOO_BIG}, already in the cache; else 0
   */
  void onIcmpError(long now, FlowKey quoted, int firstWord, IcmpError error, int mtu, Effects out);
}
