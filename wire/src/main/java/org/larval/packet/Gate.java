package org.larval.packet;

/** A room that a packet passes at a hook: secmark rules, CIPSO, packet class checks. */
@FunctionalInterface
public interface Gate {
  /** Lets everything pass. */
  Gate OPEN = (now, packet) -> Verdict.CONTINUE;

  /**
   * Looks at a packet whose reader index is at its IP header.
   *
   * @param now nanoseconds since the lab began
   */
  Verdict pass(long now, Packet packet);

  /** Whether it may change a packet's bytes: whoever calls it must read them anew then. */
  default boolean changesBytes() {
    return true;
  }
}
