package org.larval.secmark;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
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
 * Ruleset}, conntrack at {@link NfPriority#CONNTRACK} and its confirmation at the end, and whatever
 * others {@link #add}, such as SELinux's checks at {@link NfPriority#SELINUX_FIRST} and {@link
 * NfPriority#SELINUX_LAST}.
 *
 * <p>Conntrack runs only if a rule needs it, as in Linux, or if it is {@link #trackAlways asked
 * for}. A guest's stack calls {@link #pass} at each hook, or plugs in {@link #gate}. The packet
 * stays the caller's.
 */
public final class HookWalk {
  /** One thing at a hook. */
  private record Stop(int priority, Gate gate) {}

  private final Ruleset rules;
  private final Conntrack conntrack;
  private final PacketFields fields;
  private final ChainWalk walk;
  private final Map<NfHook, List<Stop>> added = new EnumMap<>(NfHook.class);
  private final Gate[][] gates = new Gate[NfHook.values().length][];
  private boolean trackAlways;

  /** Whether {@link #fields} is about the packet at hand, as it is now. */
  private boolean decoded;

  private boolean readable;

  private @Nullable NfHook at;

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

  /** Puts a gate at a hook, before others of the same priority that are there (nf_hook_entries). */
  public HookWalk add(NfHook hook, int priority, Gate gate) {
    added.computeIfAbsent(hook, key -> new ArrayList<>()).add(new Stop(priority, gate));
    arrange();
    return this;
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
          case PREROUTING, OUTPUT -> stops.add(new Stop(NfPriority.CONNTRACK, this::track));
          case INPUT -> {
            // a datagram that was put together only now
            stops.add(new Stop(Integer.MIN_VALUE, this::track));
            stops.add(new Stop(NfPriority.CONNTRACK_CONFIRM, conntrack::confirm));
          }
          case POSTROUTING -> stops.add(new Stop(NfPriority.CONNTRACK_CONFIRM, conntrack::confirm));
          case FORWARD -> {}
        }
      }
      for (Chain chain : rules.baseChains(hook)) {
        Chain.Base base = chain.base();
        if (base != null) {
          insert(stops, new Stop(base.priority(), (now, packet) -> pass(chain, now, packet)));
        }
      }
      for (Stop stop : added.getOrDefault(hook, List.of())) {
        insert(stops, new Stop(stop.priority, (now, packet) -> foreign(stop.gate, now, packet)));
      }
      gates[hook.ordinal()] = stops.stream().map(Stop::gate).toArray(Gate[]::new);
    }
  }

  /** What is registered later comes before what has the same priority. */
  private static void insert(List<Stop> stops, Stop stop) {
    int place = 0;
    while (place < stops.size() && stops.get(place).priority < stop.priority) {
      place++;
    }
    stops.add(place, stop);
  }

  /** Whether nothing at all happens at a hook. */
  public boolean isEmpty(NfHook hook) {
    return gates[hook.ordinal()].length == 0;
  }

  /** A hook as a gate for a stack. */
  public Gate gate(NfHook hook) {
    return new Gate() {
      @Override
      public Verdict pass(long now, Packet packet) {
        return HookWalk.this.pass(hook, now, packet);
      }

      // rules mark; only others do more
      @Override
      public boolean changesBytes() {
        return added.containsKey(hook);
      }
    };
  }

  /** Takes a packet, reader index at its IP header, through everything at a hook. */
  public Verdict pass(NfHook hook, long now, Packet packet) {
    at = hook;
    decoded = false;
    for (Gate gate : gates[hook.ordinal()]) {
      Verdict verdict = gate.pass(now, packet);
      if (!(verdict instanceof Verdict.Continue)) {
        return verdict;
      }
    }
    return Verdict.CONTINUE;
  }

  /** A gate that is not ours may change the bytes. */
  private Verdict foreign(Gate gate, long now, Packet packet) {
    decoded = false;
    return gate.pass(now, packet);
  }

  private boolean decode(Packet packet) {
    NfHook hook = at;
    if (!decoded && hook != null) {
      readable = fields.decode(packet, hook);
      decoded = true;
    }
    return readable;
  }

  private Verdict track(long now, Packet packet) {
    if (conntrack.saw(packet) || !decode(packet)) {
      return Verdict.CONTINUE;
    }
    boolean arrived = at == NfHook.PREROUTING && packet.inPort >= 0;
    return conntrack.track(now, packet, fields.headers, arrived);
  }

  private Verdict pass(Chain chain, long now, Packet packet) {
    if (!decode(packet)) {
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
