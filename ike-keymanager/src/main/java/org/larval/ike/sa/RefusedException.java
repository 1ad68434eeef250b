package org.larval.ike.sa;

import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;

/** What a peer wants is not done; it is told with a notification, and people with a sentence. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1;

  private final NotifyType answer;
  private final transient Octets data;

  RefusedException(NotifyType answer, String why) {
    this(answer, Octets.EMPTY, why);
  }

  RefusedException(NotifyType answer, Octets data, String why) {
    // peers cause it, so without the cost of a stack trace
    super(why, null, false, false);
    this.answer = answer;
    this.data = data;
  }

  NotifyType answer() {
    return answer;
  }

  Octets data() {
    return data;
  }

  String why() {
    return String.valueOf(getMessage());
  }
}
