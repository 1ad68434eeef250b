package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Gate;
import org.larval.packet.Packet;
import org.larval.packet.Verdict;
import org.larval.secmark.conntrack.Conntrack;
import org.larval.secmark.conntrack.ConntrackSettings;

/**
 * What happens to a packet at a guest's hooks, in the order of priorities: the chains of a {@link
 * Ruleset}, conntrack at {@link NfPriority#CONNTRACK} and its confirmation at the end.
 *
 * <p>Conntrack runs only if a rule needs it, as in Linux, or if it is {@link #trackAlways asked
 * for}. A guest's stack calls {@link #pass} at each hook, or plugs in {@link #gate gates}: two
 * where SELinux's checks stand between. The packet stays the caller's.
 */
public final class HookWalk {
  /** One thing at a hook: a chain, or else a part of conntrack. */
  private record Stop(int priority, @Nullable Chain chain, boolean confirms) {}

  private final Ruleset rules;
  private final Conntrack conntrack;
  private final PacketFields fields;
  private final ChainWalk walk;

  /** By hook: what stands before SELinux's checks, and behind them. */
  private final Stop[][] first = new Stop[NfHook.values().length][];

  private final Stop[][] last = new Stop[NfHook.values().length][];
  private boolean trackAlways;

  /** Whether {@link #fields} is about the packet at hand. */
  private boolean decoded;

  private boolean readable;

  /**
   * A walk with rules as they are now.
   *
   * @param place what trails call it, such as the guest's name
   * @param random once, for conntrack's hash
   */
  public HookWalk(Ruleset rules, ConntrackSettings settings, RandomGenerator random, String place) {
    this.rules = rules;
    conntrack = new Conntrack(settings, random.nextLong());
    fields = new PacketFields(rules.interfaces());
    walk = new ChainWalk(place, fields, rules.depth());
    arrange();
  }

  /** Tracks connections even if no rule asks about them. */
  public HookWalk trackAlways() {
    trackAlways = true;
    arrange();
    return this;
  }

  private void arrange() {
    for (NfHook hook : NfHook.values()) {
      List<Stop> stops = new ArrayList<>();
      if (trackAlways || rules.usesConntrack()) {
        switch (hook) {
          case PREROUTING, OUTPUT -> stops.add(new Stop(NfPriority.CONNTRACK, null, false));
          case INPUT -> {
            // a datagram that was put together only now
            stops.add(new Stop(Integer.MIN_VALUE, null, false));
            stops.add(new Stop(NfPriority.CONNTRACK_CONFIRM, null, true));
          }
          case POSTROUTING -> stops.add(new Stop(NfPriority.CONNTRACK_CONFIRM, null, true));
          case FORWARD -> {}
        }
      }
      for (Chain chain : rules.baseChains(hook)) {
        Chain.Base base = chain.base();
        if (base != null) {
          insert(stops, new Stop(base.priority(), chain, false));
        }
      }
      int checks = checks(hook);
      first[hook.ordinal()] =
          stops.stream().filter(stop -> stop.priority <= checks).toArray(Stop[]::new);
      last[hook.ordinal()] =
          stops.stream().filter(stop -> stop.priority > checks).toArray(Stop[]::new);
    }
  }

  /**
   * Where SELinux's checks stand at a hook; a chain of the same priority was registered later and
   * comes before them.
   */
  private static int checks(NfHook hook) {
    return switch (hook) {
      case OUTPUT, FORWARD -> NfPriority.SELINUX_FIRST;
      case POSTROUTING -> NfPriority.SELINUX_LAST;
      case PREROUTING, INPUT -> Integer.MAX_VALUE;
    };
  }

  /** What is registered later comes before what has the same priority (nf_hook_entries). */
  private static void insert(List<Stop> stops, Stop stop) {
    int place = 0;
    while (place < stops.size() && stops.get(place).priority < stop.priority) {
      place++;
    }
    stops.add(place, stop);
  }

  /** Whether nothing happens at a hook on one side of SELinux's checks. */
  public boolean isEmpty(NfHook hook, boolean beforeChecks) {
    return (beforeChecks ? first : last)[hook.ordinal()].length == 0;
  }

  /** What happens at a hook on one side of SELinux's checks, as a gate for a stack. */
  public Gate gate(NfHook hook, boolean beforeChecks) {
    return new Gate() {
      @Override
      public Verdict pass(long now, Packet packet) {
        return run(hook, beforeChecks ? first : last, now, packet);
      }

      // rules mark
      @Override
      public boolean changesBytes() {
        return false;
      }
    };
  }

  /** Takes a packet, reader index at its IP header, through everything at a hook. */
  public Verdict pass(NfHook hook, long now, Packet packet) {
    Verdict verdict = run(hook, first, now, packet);
    return verdict instanceof Verdict.Continue ? run(hook, last, now, packet) : verdict;
  }

  private Verdict run(NfHook hook, Stop[][] all, long now, Packet packet) {
    decoded = false;
    for (Stop stop : all[hook.ordinal()]) {
      Chain chain = stop.chain;
      Verdict verdict;
      if (chain != null) {
        verdict = pass(chain, hook, now, packet);
      } else if (stop.confirms) {
        verdict = conntrack.confirm(now, packet);
      } else {
        verdict = track(hook, now, packet);
      }
      if (!(verdict instanceof Verdict.Continue)) {
        return verdict;
      }
    }
    return Verdict.CONTINUE;
  }

  private boolean decode(NfHook hook, Packet packet) {
    if (!decoded) {
      readable = fields.decode(packet, hook);
      decoded = true;
    }
    return readable;
  }

  private Verdict track(NfHook hook, long now, Packet packet) {
    if (conntrack.saw(packet) || !decode(hook, packet)) {
      return Verdict.CONTINUE;
    }
    boolean arrived = hook == NfHook.PREROUTING && packet.inPort >= 0;
    return conntrack.track(now, packet, fields.headers, arrived);
  }

  private Verdict pass(Chain chain, NfHook hook, long now, Packet packet) {
    if (!decode(hook, packet)) {
      return Verdict.CONTINUE;
    }
    Chain.Base base = chain.base();
    if (base != null && base.version() != 0 && fields.headers.v6 != (base.version() == 6)) {
      return Verdict.CONTINUE;
    }
    return walk.run(chain, now, packet) ? Verdict.CONTINUE : Verdict.drop(DropReason.RULE_DROPPED);
  }

  /** The connections. */
  public Conntrack conntrack() {
    return conntrack;
  }

  /** The rules. */
  public Ruleset rules() {
    return rules;
  }

  /** Whether packet class checks are to be made because of rules (selinux_secmark_refcount). */
  public boolean active() {
    return rules.active();
  }

  /** See {@link Conntrack#deadline}. */
  public long deadline() {
    return conntrack.deadline();
  }

  /** See {@link Conntrack#onDeadline}. */
  public void onDeadline(long now) {
    conntrack.onDeadline(now);
  }
}
