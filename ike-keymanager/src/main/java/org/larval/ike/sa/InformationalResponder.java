package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.DeletePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Protocol;

/**
 * INFORMATIONAL requests (RFC 7296 section 1.4): deletions, moves, news, and none of them, which
 * asks for a sign of life.
 */
final class InformationalResponder implements Answer {
  private final IkeSa sa;
  private final List<ChildSa> closed = new ArrayList<>();
  private @Nullable String end;

  InformationalResponder(IkeSa sa) {
    this.sa = sa;
  }

  @Override
  public void answer(Turn turn, Message request, Draft response) throws RefusedException {
    for (DeletePayload delete : request.all(DeletePayload.class)) {
      if (delete.protocol() == Protocol.IKE.id()) {
        end = "deleted by the peer";
      } else {
        children(turn, delete, response);
      }
    }
    if (request.has(NotifyType.AUTHENTICATION_FAILED)) {
      end = "the peer says that authentication failed";
    }
    NotifyPayload redirect = request.notification(NotifyType.REDIRECT);
    if (redirect != null && sa.initiator) {
      Redirect.moved(
          turn,
          sa,
          redirect,
          sa.children().stream().filter(ChildSa::alive).map(ChildSa::config).distinct().toList());
    }
    Mobike.answer(turn, sa, request, response);
  }

  private void children(Turn turn, DeletePayload delete, Draft response) {
    List<Octets> ours = new ArrayList<>();
    for (Octets spi : delete.spis()) {
      ChildSa child = spi.size() == 4 ? sa.childByOutbound(spi.integer(0)) : null;
      if (child == null || child.protocol().id() != delete.protocol()) {
        sa.log(turn, "there is no child " + spi + " to delete");
      } else {
        if (child.state() != ChildSa.State.DELETING) {
          ours.add(child.spi());
        }
        delete(turn, child);
      }
    }
    Protocol protocol = Protocol.of(delete.protocol());
    if (!ours.isEmpty() && protocol != null) {
      response.add(DeletePayload.children(protocol, ours));
    }
  }

  private void delete(Turn turn, ChildSa child) {
    ChildSa heir = child.heir();
    if (heir == null
        && sa.requests().active() instanceof ChildRekeyInitiator task
        && task.old() == child) {
      heir = task.rival();
    }
    if (heir != null && heir.state() != ChildSa.State.GONE) {
      if (child.successor() == null) {
        child.succeededBy(heir);
      }
      child.retire(turn, "replaced");
      return;
    }
    boolean wanted = child.state() == ChildSa.State.INSTALLED;
    child.remove(turn, "closed by the peer");
    if (wanted) {
      closed.add(child);
    }
  }

  @Override
  public void sent(Turn turn) {
    if (end != null) {
      sa.life().ended(turn, end);
    } else {
      closed.forEach(child -> sa.life().closed(turn, child));
    }
  }
}
