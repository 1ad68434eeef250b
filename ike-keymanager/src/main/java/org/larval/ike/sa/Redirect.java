package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import org.larval.ike.Endpoint;
import org.larval.ike.config.Child;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.wire.IpAddress;

/** A gateway sends an initiator to another one (RFC 5685). */
final class Redirect {
  private static final int IPV4 = 1;
  private static final int IPV6 = 2;

  private Redirect() {}

  /** The data of the notification. */
  static Octets data(IpAddress gateway, Octets nonce) {
    Octets address = new Endpoint(gateway, 0).octets();
    address = address.slice(0, address.size() - 2);
    return Octets.number(gateway.v6() ? IPV6 : IPV4, 1)
        .and(Octets.number(address.size(), 1))
        .and(address)
        .and(nonce);
  }

  private static IpAddress gateway(Octets data, Octets nonce) throws RefusedException {
    if (data.size() >= 2) {
      int kind = data.at(0);
      int size = data.at(1);
      boolean fits = kind == IPV4 && size == 4 || kind == IPV6 && size == 16;
      if (fits
          && data.size() == 2 + size + nonce.size()
          && data.slice(2 + size, nonce.size()).equals(nonce)) {
        return kind == IPV4
            ? IpAddress.ofV4(data.integer(2))
            : IpAddress.ofV6(word(data, 2), word(data, 10));
      }
    }
    throw new RefusedException(
        NotifyType.INVALID_SYNTAX, "the peer sends us elsewhere, but not to an address");
  }

  private static long word(Octets data, int at) {
    return (long) data.integer(at) << 32 | Integer.toUnsignedLong(data.integer(at + 4));
  }

  /** In the first exchange: the IKE SA begins elsewhere. */
  static void follow(Turn turn, IkeSa sa, NotifyPayload redirect, Octets nonce)
      throws RefusedException {
    IpAddress to = gateway(redirect.data(), nonce);
    List<Child> children = new ArrayList<>();
    for (Task task : sa.requests().all()) {
      if (task instanceof AuthInitiator auth) {
        children.addAll(auth.children());
      }
    }
    elsewhere(turn, sa, to, children);
    sa.close(turn, "the peer sends us to " + to);
  }

  /** Later: the children that stand, or were asked for, go along. */
  static void moved(Turn turn, IkeSa sa, NotifyPayload redirect, List<Child> children)
      throws RefusedException {
    IpAddress to = gateway(redirect.data(), Octets.EMPTY);
    elsewhere(turn, sa, to, children);
    sa.requests().add(turn, new IkeDelete(sa, "the peer sends us to " + to));
  }

  private static void elsewhere(Turn turn, IkeSa sa, IpAddress to, List<Child> children) {
    sa.log(turn, "the peer sends us to " + to);
    Octets former = data(sa.remote().address(), Octets.EMPTY);
    Starter.redirected(turn, sa, children, new Endpoint(to, sa.connection().remotePort()), former);
  }
}
