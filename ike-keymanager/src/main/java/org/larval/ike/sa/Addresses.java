package org.larval.ike.sa;

import org.larval.ike.Endpoint;
import org.larval.ike.message.Header;

/**
 * Where the peer is, as its authenticated messages show (RFC 7296 section 2.23): a peer behind a
 * NAT may come from another port or address at any time; any other peer has to say so by MOBIKE.
 */
final class Addresses {
  private Addresses() {}

  static void follow(Turn turn, IkeSa sa, Endpoint local, Endpoint remote, Header header) {
    if (remote.equals(sa.remote()) && local.equals(sa.local())) {
      return;
    }
    boolean handshake = !sa.established() && !sa.initiator;
    boolean floating =
        local.port() != sa.local().port() && remote.address().equals(sa.remote().address());
    if (handshake || floating && !header.response()) {
      // the initiator goes to port 4500 for IKE_AUTH, or back
      sa.between(local, remote);
    } else if (sa.natThere() && !sa.natHere() && !sa.peer().mobike && !header.response()) {
      sa.log(turn, "the peer is at " + remote + " now");
      move(turn, sa, local, remote);
    }
  }

  /** Messages and children go this way from now on. */
  static void move(Turn turn, IkeSa sa, Endpoint local, Endpoint remote) {
    sa.between(local, remote);
    for (ChildSa child : sa.children()) {
      if (child.state() != ChildSa.State.GONE) {
        child.move(turn, child.parameters().moved(local, remote, sa.encapsulates()));
      }
    }
  }
}
