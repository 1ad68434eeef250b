package org.larval.xfrm;

import org.larval.packet.FlowKey;
import org.larval.wire.IpAddress;

/** Where the SA of a template runs from and to, as words: to look for it allocates nothing. */
final class SaEnds {
  boolean v6;
  long targetHigh;
  long targetLow;
  long sourceHigh;
  long sourceLow;

  /** The flow's own ends, where templates begin. */
  void of(FlowKey flow) {
    v6 = flow.v6;
    targetHigh = flow.targetHigh;
    targetLow = flow.targetLow;
    sourceHigh = flow.sourceHigh;
    sourceLow = flow.sourceLow;
  }

  /**
   * The ends of a template that names some become those of it and of the next templates; false if
   * there is no way to them.
   */
  boolean through(Template template, PeerRoutes routes) {
    if (!template.mode().isTunnel()) {
      return true;
    }
    IpAddress target = template.target();
    IpAddress source = template.source();
    if (source.isAny()) {
      IpAddress routed = routes.source(target);
      if (routed == null) {
        return false;
      }
      source = routed;
    }
    v6 = target.v6();
    targetHigh = target.high();
    targetLow = target.low();
    sourceHigh = source.high();
    sourceLow = source.low();
    return true;
  }

  /** This end. */
  IpAddress source() {
    return new IpAddress(v6, sourceHigh, sourceLow);
  }

  /** The other end. */
  IpAddress target() {
    return new IpAddress(v6, targetHigh, targetLow);
  }
}
