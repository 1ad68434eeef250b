package org.larval.lab.run;

import org.larval.guest.IcmpError;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.xfrm.XfrmEvent;

/** Tells senders, local or not, that no SA could be made for their packet (RFC 4301 5.1.1). */
final class Rejections {
  private Rejections() {}

  static void tell(long now, PacketPool pool, GuestNode guest, XfrmEvent.Reject reject) {
    byte[] quote = reject.quote();
    Packet quoted = pool.make(now, quote.length);
    quoted.buffer().writeBytes(quote);
    quoted.label = reject.label();
    IcmpError error =
        switch (reject.cause()) {
          case PROHIBITED -> IcmpError.ADMIN_PROHIBITED;
          case UNREACHABLE -> IcmpError.HOST_UNREACHABLE;
        };
    guest.stack().report(now, error, quoted, guest.effects());
    guest.effects().absorb(quoted);
  }
}
