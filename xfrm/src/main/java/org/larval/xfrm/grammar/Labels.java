package org.larval.xfrm.grammar;

import java.util.function.ToIntFunction;
import org.larval.xfrm.SecurityLabel;

/** Reads the word after {@code ctx} and asks the labels room for its number. */
record Labels(ToIntFunction<String> sids) {
  SecurityLabel read(Words words) {
    String context = words.next("a context like user_u:role_r:type_t:s0");
    int sid;
    String problem;
    try {
      sid = sids.applyAsInt(context);
      problem = "'" + context + "' is no context of the policy";
    } catch (IllegalArgumentException e) {
      sid = 0;
      problem = "'" + context + "' is no context of the policy (" + e.getMessage() + ")";
    }
    if (sid == 0) {
      throw words.wrong(problem, "expected user:role:type or user:role:type:range");
    }
    return SecurityLabel.selinux(sid, context);
  }
}
