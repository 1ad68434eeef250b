package org.larval.ike.sa;

import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;

/**
 * A successor for a child SA, asked for by the peer. The old pair goes on carrying our packets
 * until the peer deletes it, which shows that it has installed the new one (RFC 7296 section 2.8).
 */
final class ChildRekeyResponder implements Answer {
  private final IkeSa sa;
  private final NotifyPayload rekey;

  ChildRekeyResponder(IkeSa sa, NotifyPayload rekey) {
    this.sa = sa;
    this.rekey = rekey;
  }

  @Override
  public void answer(Turn turn, Message request, Draft response) throws RefusedException {
    ChildSa old = rekey.spi().size() == 4 ? sa.childByOutbound(rekey.spi().integer(0)) : null;
    if (old == null) {
      throw new RefusedException(
          NotifyType.CHILD_SA_NOT_FOUND, "there is no child " + rekey.spi() + " to rekey");
    }
    if (!old.alive()) {
      throw new RefusedException(
          NotifyType.TEMPORARY_FAILURE, "child " + old + " is being closed or replaced already");
    }
    new ChildResponder(sa, false, old, (later, child) -> made(later, old, child))
        .answer(turn, request, response);
  }

  private void made(Turn turn, ChildSa old, ChildSa child) {
    @Nullable ChildRekeyInitiator ours = own(old);
    if (ours != null) {
      ours.rival(child);
    } else if (old.alive()) {
      old.state(ChildSa.State.REKEYED);
      old.succeededBy(child);
    } else {
      child.installOutbound(turn);
    }
    sa.log(turn, "child " + child + " will replace " + old);
  }

  /** Our own request for the same, if it is under way. */
  private @Nullable ChildRekeyInitiator own(ChildSa old) {
    return sa.requests().active() instanceof ChildRekeyInitiator task && task.old() == old
        ? task
        : null;
  }
}
