package org.larval.xfrm;

import org.larval.packet.Effects;
import org.larval.packet.Packet;

/** Tells senders by ICMP that no SA could be made for their packets, so many times a second. */
final class Rejections {
  /** How many failures are told in one second. */
  static final int PER_SECOND = 100;

  private static final int QUOTE = 512;

  private long second = -1;
  private int told;

  /** Asks for the ICMP error about a packet, unless this second has had its share. */
  void reject(long now, Packet packet, Policy policy, XfrmEvent.Cause cause, Effects out) {
    long current = now / StateDatabase.SECOND;
    if (current != second) {
      second = current;
      told = 0;
    }
    if (told == PER_SECOND) {
      return;
    }
    told++;
    byte[] quote = new byte[Math.min(QUOTE, packet.length())];
    packet.buffer().getBytes(packet.buffer().readerIndex(), quote);
    out.emit(new XfrmEvent.Reject(cause, policy, packet.label, packet.id(), packet.flow, quote));
  }
}
