package org.larval.xfrm;

/**
 * What one SA refused (struct xfrm_stats).
 *
 * @param replayWindow packets whose number was left of the window
 * @param replay packets whose number was seen before
 * @param integrityFailed packets whose check value was wrong
 */
public record StateStats(long replayWindow, long replay, long integrityFailed) {
  static final StateStats NONE = new StateStats(0, 0, 0);
}
