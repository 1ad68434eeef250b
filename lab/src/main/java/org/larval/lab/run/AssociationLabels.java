package org.larval.lab.run;

import org.jspecify.annotations.Nullable;
import org.larval.labels.Decision;
import org.larval.labels.LabelPolicy;
import org.larval.labels.Sids;
import org.larval.xfrm.AssociationPolicy;

/** The xfrm engine's questions of class association, put to the labels room. */
record AssociationLabels(LabelPolicy labels, Sids sids) implements AssociationPolicy {
  private static final String ASSOCIATION = "association";

  @Override
  public boolean polmatch(int flowSid, int policySid) {
    return labels.allowed(flowSid, policySid, ASSOCIATION, "polmatch");
  }

  @Override
  public boolean sendto(int flowSid, int stateSid) {
    return labels.allowed(flowSid, stateSid, ASSOCIATION, "sendto");
  }

  @Override
  public @Nullable String whyNoMatch(int flowSid, int policySid) {
    return why(labels.denial(flowSid, policySid, ASSOCIATION, "polmatch"));
  }

  @Override
  public @Nullable String whyNotSent(int flowSid, int stateSid) {
    return why(labels.denial(flowSid, stateSid, ASSOCIATION, "sendto"));
  }

  private static @Nullable String why(Decision.@Nullable Denied denied) {
    return denied == null ? null : denied.toString();
  }

  @Override
  public String context(int sid) {
    return sids.context(sid).toString();
  }
}
