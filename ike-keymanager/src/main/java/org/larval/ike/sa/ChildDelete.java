package org.larval.ike.sa;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.DeletePayload;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Message;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Protocol;

/** Tells the peer that a pair of child SAs is deleted (RFC 7296 section 1.4.1). */
final class ChildDelete extends Task {
  private final @Nullable ChildSa child;
  private final Octets spi;
  private final Protocol protocol;

  ChildDelete(IkeSa sa, ChildSa child) {
    super(sa);
    this.child = child;
    spi = child.spi();
    protocol = child.protocol();
  }

  private ChildDelete(IkeSa sa, Octets spi) {
    super(sa);
    child = null;
    this.spi = spi;
    protocol = Protocol.ESP;
  }

  /** For a pair that the peer has installed and we have not. */
  static void halfMade(Turn turn, IkeSa sa, int ourSpi) {
    sa.requests().add(turn, new ChildDelete(sa, Octets.number(Integer.toUnsignedLong(ourSpi), 4)));
  }

  @Override
  ExchangeType exchange() {
    return ExchangeType.INFORMATIONAL;
  }

  @Override
  Outcome build(Turn turn, Draft draft) {
    if (child != null) {
      if (child.state() == ChildSa.State.GONE || child.state() == ChildSa.State.DELETING) {
        return Outcome.DONE;
      }
      child.removeOutbound(turn);
      child.state(ChildSa.State.DELETING);
    }
    draft.add(DeletePayload.children(protocol, List.of(spi)));
    return Outcome.MORE;
  }

  @Override
  Outcome process(Turn turn, Message response) {
    if (child != null && child.state() != ChildSa.State.GONE) {
      if (child.successor() == null) {
        child.remove(turn, "closed by this end");
      } else {
        child.retire(turn, "replaced");
      }
    }
    return Outcome.DONE;
  }

  @Override
  @Nullable Task on(IkeSa successor) {
    return child == null ? new ChildDelete(successor, spi) : new ChildDelete(successor, child);
  }
}
