package org.larval.packet;

import java.util.EnumMap;
import java.util.Map;

/** What a {@link Gate} says of a packet. */
public sealed interface Verdict {
  /** The packet goes on. */
  Verdict CONTINUE = new Continue();

  /** The gate took the packet: it owns it now. */
  Verdict TAKEN = new Taken();

  /** See {@link #CONTINUE}. */
  record Continue() implements Verdict {}

  /** See {@link #TAKEN}. */
  record Taken() implements Verdict {}

  /** The packet must be dropped, by whoever asked. */
  record Dropped(DropReason reason) implements Verdict {
    private static final Map<DropReason, Dropped> ALL = new EnumMap<>(DropReason.class);

    static {
      for (DropReason reason : DropReason.values()) {
        ALL.put(reason, new Dropped(reason));
      }
    }
  }

  /** The verdict that drops for a reason, without allocating one. */
  static Verdict drop(DropReason reason) {
    Verdict verdict = Dropped.ALL.get(reason);
    if (verdict == null) {
      throw new IllegalArgumentException("no verdict for " + reason);
    }
    return verdict;
  }
}
