package org.larval.guest;

import java.util.Arrays;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Gate;
import org.larval.packet.Packet;
import org.larval.packet.Verdict;

/**
 * The rules at the five hooks, in the order in which they were added, and among them the security
 * module's checks, which have a place at three of them: near the beginning of OUTPUT and FORWARD,
 * near the end of POSTROUTING. A rule stands behind that place, or in front of it.
 */
final class Gates {
  private static final Gate[] NONE = {};

  private final Gate[][] before = new Gate[Hook.values().length][];
  private final Gate[][] after = new Gate[Hook.values().length][];
  private SecurityModule module = SecurityModule.NONE;
  private Errno refusal = Errno.OK;

  Gates() {
    Arrays.fill(before, NONE);
    Arrays.fill(after, NONE);
  }

  /** Adds a rule before the module's checks, or after them. */
  void add(Hook hook, boolean beforeChecks, Gate gate) {
    Gate[][] to = beforeChecks ? before : after;
    Gate[] old = to[hook.ordinal()];
    Gate[] longer = Arrays.copyOf(old, old.length + 1);
    longer[old.length] = gate;
    to[hook.ordinal()] = longer;
  }

  void module(SecurityModule plugged) {
    module = plugged;
  }

  SecurityModule module() {
    return module;
  }

  boolean any(Hook hook) {
    return before[hook.ordinal()].length + after[hook.ordinal()].length > 0;
  }

  /** Whether some of them may change a packet's bytes. */
  boolean changeBytes(Hook hook) {
    return changeBytes(before[hook.ordinal()]) || changeBytes(after[hook.ordinal()]);
  }

  private static boolean changeBytes(Gate[] gates) {
    for (Gate gate : gates) {
      if (gate.changesBytes()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a packet goes on that this guest made; if not it is gone, and {@link #refusal} tells
   * the sender.
   */
  boolean output(long now, Packet packet, Effects out) {
    return run(Hook.OUTPUT, before, now, packet, out)
        && allowed(module.localOut(now, packet, out))
        && run(Hook.OUTPUT, after, now, packet, out);
  }

  /** Whether a packet of somebody else goes on; if not it is gone. */
  boolean forward(long now, Packet packet, Effects out) {
    return run(Hook.FORWARD, before, now, packet, out)
        && module.forward(now, packet, out)
        && run(Hook.FORWARD, after, now, packet, out);
  }

  /**
   * Whether a packet leaves; if not it is gone, and {@link #refusal} tells a local sender. See
   * {@link SecurityModule#postrouting}.
   */
  boolean postrouting(long now, Packet packet, int device, boolean transformAhead, Effects out) {
    return run(Hook.POSTROUTING, before, now, packet, out)
        && allowed(module.postrouting(now, packet, device, transformAhead, out))
        && run(Hook.POSTROUTING, after, now, packet, out);
  }

  private boolean allowed(boolean answer) {
    if (!answer) {
      refusal = module.refusal();
    }
    return answer;
  }

  /** Whether a packet goes on at a hook where the module is not asked about it. */
  boolean pass(Hook hook, long now, Packet packet, Effects out) {
    return run(hook, before, now, packet, out) && run(hook, after, now, packet, out);
  }

  private boolean run(Hook hook, Gate[][] gates, long now, Packet packet, Effects out) {
    for (Gate gate : gates[hook.ordinal()]) {
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
