package org.larval.ike.sa;

import org.larval.ike.message.DeletePayload;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyType;

/** Tells the peer that the IKE SA is deleted, with whatever children it has. */
final class IkeDelete extends Task {
  private final String why;
  private final boolean unauthenticated;
  private final Agenda.Duty afterwards;

  IkeDelete(IkeSa sa, String why) {
    this(sa, why, false, turn -> {});
  }

  private IkeDelete(IkeSa sa, String why, boolean unauthenticated, Agenda.Duty afterwards) {
    super(sa);
    this.why = why;
    this.unauthenticated = unauthenticated;
    this.afterwards = afterwards;
  }

  /** With something that is done when the peer knows. */
  static IkeDelete then(IkeSa sa, String why, Agenda.Duty afterwards) {
    return new IkeDelete(sa, why, false, afterwards);
  }

  /** The peer has not shown who it is: it is told so. */
  static IkeDelete unauthenticated(IkeSa sa, String why) {
    return new IkeDelete(sa, why, true, turn -> {});
  }

  @Override
  ExchangeType exchange() {
    return ExchangeType.INFORMATIONAL;
  }

  @Override
  Outcome build(Turn turn, Draft draft) {
    if (sa.state() == IkeSa.State.DELETING) {
      return Outcome.DONE;
    }
    sa.state(IkeSa.State.DELETING);
    if (unauthenticated) {
      draft.notify(NotifyType.AUTHENTICATION_FAILED);
    } else {
      draft.add(DeletePayload.ike());
    }
    return Outcome.MORE;
  }

  @Override
  Outcome process(Turn turn, Message response) {
    // which abandons this task as well, and so does what is to be done afterwards
    sa.close(turn, why);
    return Outcome.DONE;
  }

  @Override
  void abandoned(Turn turn, String reason) {
    afterwards.at(turn);
  }
}
