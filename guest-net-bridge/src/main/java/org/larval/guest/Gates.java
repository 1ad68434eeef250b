package org.larval.guest;

import java.util.Arrays;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Gate;
import org.larval.packet.Packet;
import org.larval.packet.Verdict;

/** The rules at the five hooks, in the order in which they were added. */
final class Gates {
  private static final Gate[] NONE = {};

  private final Gate[][] gates = new Gate[Hook.values().length][];
  private Errno refusal = Errno.OK;

  Gates() {
    Arrays.fill(gates, NONE);
  }

  void add(Hook hook, Gate gate) {
    Gate[] old = at(hook);
    Gate[] longer = Arrays.copyOf(old, old.length + 1);
    longer[old.length] = gate;
    gates[hook.ordinal()] = longer;
  }

  private Gate[] at(Hook hook) {
    return gates[hook.ordinal()];
  }

  boolean any(Hook hook) {
    return at(hook).length > 0;
  }

  /** Whether some of them may change a packet's bytes. */
  boolean changeBytes(Hook hook) {
    for (Gate gate : at(hook)) {
      if (gate.changesBytes()) {
        return true;
      }
    }
    return false;
  }

  /** Whether the packet goes on; if not it is gone, and {@link #refusal} tells a local sender. */
  boolean pass(Hook hook, long now, Packet packet, Effects out) {
    for (Gate gate : at(hook)) {
      Verdict verdict = gate.pass(now, packet);
      if (verdict instanceof Verdict.Continue) {
        continue; // nearly always
      }
      switch (verdict) {
        case Verdict.Continue go -> {}
        case Verdict.Taken taken -> {
          refusal = Errno.OK;
          return false;
        }
        case Verdict.Dropped dropped -> {
          refusal = errno(hook, dropped.reason());
          out.drop(packet, dropped.reason());
          return false;
        }
      }
    }
    return true;
  }

  /** NF_DROP is EPERM; SELinux denies at POSTROUTING with NF_DROP_ERR(-ECONNREFUSED). */
  private static Errno errno(Hook hook, DropReason reason) {
    boolean denied = reason == DropReason.PACKET_CLASS_DENIED || reason == DropReason.LABEL_DENIED;
    return denied && hook == Hook.POSTROUTING ? Errno.ECONNREFUSED : Errno.EPERM;
  }

  Errno refusal() {
    return refusal;
  }
}
