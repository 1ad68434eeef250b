package org.larval.ike.sa;

import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Protocol;
import org.larval.ike.message.SaPayload;

/**
 * Gives each authenticated request of a peer to whatever answers it, and refuses what collides with
 * something under way (RFC 7296 section 2.25).
 */
final class Desk {
  private Desk() {}

  static Answer of(IkeSa sa, Message request) {
    ExchangeType exchange = ExchangeType.of(request.header().exchange());
    if (exchange == null) {
      return refusing(NotifyType.INVALID_SYNTAX, "an exchange that nobody here knows");
    }
    if (!sa.established()) {
      return switch (exchange) {
        case IKE_INTERMEDIATE -> new IntermediateResponder(sa);
        case IKE_AUTH -> sa.authentication();
        default -> refusing(NotifyType.INVALID_SYNTAX, "the peer has not said who it is");
      };
    }
    return switch (exchange) {
      case CREATE_CHILD_SA -> createChild(sa, request);
      case INFORMATIONAL -> new InformationalResponder(sa);
      case IKE_FOLLOWUP_KE -> sa.followUps()::answer;
      default -> refusing(NotifyType.INVALID_SYNTAX, "it is too late for this exchange");
    };
  }

  private static Answer createChild(IkeSa sa, Message request) {
    if (sa.state() == IkeSa.State.REKEYED
        || sa.state() == IkeSa.State.DELETING
        || sa.life().fading()) {
      return refusing(
          NotifyType.TEMPORARY_FAILURE, "the IKE SA is being closed or has been replaced");
    }
    SaPayload offer = request.first(SaPayload.class);
    boolean ike =
        offer != null
            && offer.proposals().stream().anyMatch(one -> one.protocol() == Protocol.IKE.id());
    Task active = sa.requests().active();
    if (ike) {
      boolean busy =
          sa.requests().outstanding() >= 0
              && (active instanceof ChildInitiator
                  || active instanceof ChildRekeyInitiator
                  || active instanceof ChildDelete);
      return busy
          ? refusing(NotifyType.TEMPORARY_FAILURE, "a child is being made or closed")
          : new IkeRekeyResponder(sa);
    }
    if (active instanceof IkeRekeyInitiator && sa.requests().outstanding() >= 0) {
      return refusing(NotifyType.TEMPORARY_FAILURE, "the IKE SA is being rekeyed");
    }
    NotifyPayload rekey = request.notification(NotifyType.REKEY_SA);
    return rekey == null ? new ChildResponder(sa, false) : new ChildRekeyResponder(sa, rekey);
  }

  private static Answer refusing(NotifyType answer, String why) {
    return (turn, request, response) -> {
      throw new RefusedException(answer, why);
    };
  }
}
