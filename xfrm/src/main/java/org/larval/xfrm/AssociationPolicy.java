package org.larval.xfrm;

import org.jspecify.annotations.Nullable;

/**
 * What xfrm asks of the label rules: the permissions of class {@code association}. The lab answers
 * from the labels room. SID 0 stands for "no label" and is judged as the unlabeled initial SID.
 */
public interface AssociationPolicy {
  /** No label rules: everything is allowed. */
  AssociationPolicy ALLOW_ALL =
      new AssociationPolicy() {
        @Override
        public boolean polmatch(int flowSid, int policySid) {
          return true;
        }

        @Override
        public boolean sendto(int flowSid, int stateSid) {
          return true;
        }
      };

  /** Whether a flow may use a labelled policy; if not, the search goes on with the next one. */
  boolean polmatch(int flowSid, int policySid);

  /** Whether a flow may send into an SA that carries the same label as it. */
  boolean sendto(int flowSid, int stateSid);

  /**
   * Why {@link #polmatch} says no, for people; null if it says yes. Leaves no audit record.
   *
   * @param flowSid the flow's label
   * @param policySid the policy's
   */
  default @Nullable String whyNoMatch(int flowSid, int policySid) {
    return polmatch(flowSid, policySid) ? null : "association polmatch is denied";
  }

  /** The same for {@link #sendto}. */
  default @Nullable String whyNotSent(int flowSid, int stateSid) {
    return sendto(flowSid, stateSid) ? null : "association sendto is denied";
  }

  /** The text of a SID, for acquires. */
  default String context(int sid) {
    return "sid:" + sid;
  }
}
