package org.larval.lab.run;

import org.larval.labels.LabelPolicy;
import org.larval.labels.Sids;
import org.larval.xfrm.AssociationPolicy;

/** The xfrm engine's questions of class association, put to the labels room. */
record AssociationLabels(LabelPolicy labels, Sids sids) implements AssociationPolicy {
  @Override
  public boolean polmatch(int flowSid, int policySid) {
    return labels.allowed(flowSid, policySid, "association", "polmatch");
  }

  @Override
  public boolean sendto(int flowSid, int stateSid) {
    return labels.allowed(flowSid, stateSid, "association", "sendto");
  }

  @Override
  public String context(int sid) {
    return sids.context(sid).toString();
  }
}
