package org.larval.guest;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Gate;
import org.larval.packet.Packet;
import org.larval.packet.Verdict;

/** The rules at the five hooks, in the order in which they were added. */
final class Gates {
  private static final Gate[] NONE = {};

  private final Map<Hook, Gate[]> gates = new EnumMap<>(Hook.class);
  private Errno refusal = Errno.OK;

  void add(Hook hook, Gate gate) {
    Gate[] old = at(hook);
    Gate[] longer = Arrays.copyOf(old, old.length + 1);
    longer[old.length] = gate;
    gates.put(hook, longer);
  }

  private Gate[] at(Hook hook) {
    Gate[] here = gates.get(hook);
    return here == null ? NONE : here;
  }

  boolean any(Hook hook) {
    return at(hook).length > 0;
  }

  /** Whether the packet goes on; if not it is gone, and {@link #refusal} tells a local sender. */
  boolean pass(Hook hook, long now, Packet packet, Effects out) {
    for (Gate gate : at(hook)) {
      switch (gate.pass(now, packet)) {
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
