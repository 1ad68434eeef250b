package org.larval.xfrm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;

/**
 * The security association database (net/xfrm/xfrm_state.c): found inbound by (destination, SPI,
 * protocol, mark), outbound by the peers and the reqid. Maps are asked, never walked; chains have
 * the newest state first, as the kernel's hash chains do.
 */
final class StateDatabase {
  /** The most states, larval ones included. */
  static final int LIMIT = 262_144;

  static final long SECOND = 1_000_000_000L;

  private static final List<State> EMPTY = List.of();

  private final LinkedHashSet<State> all = new LinkedHashSet<>();
  private final Map<AddressKey, List<State>> byId = new HashMap<>();
  private final Map<AddressKey, List<State>> byPeers = new HashMap<>();
  private final LinkedHashMap<Integer, State> larvalBySequence = new LinkedHashMap<>();
  private final AddressKey probe = new AddressKey();
  private final Agenda agenda;

  StateDatabase(Agenda agenda) {
    this.agenda = agenda;
  }

  /** Whole seconds since the lab began: the clock of lifetimes. */
  static long seconds(long now) {
    return Math.floorDiv(now, SECOND);
  }

  boolean full() {
    return all.size() >= LIMIT;
  }

  int size() {
    return all.size();
  }

  List<State> list() {
    return List.copyOf(all);
  }

  /** The state that an inbound packet names, or null (xfrm_state_lookup). */
  @Nullable State find(
      boolean v6, long targetHigh, long targetLow, int spi, int protocol, int mark) {
    List<State> chain = byId.get(probe.set(v6, targetHigh, targetLow, 0, 0, spi, protocol));
    if (chain != null) {
      for (int i = 0; i < chain.size(); i++) {
        State state = chain.get(i);
        if (state.mark().matches(mark)) {
          return state;
        }
      }
    }
    return null;
  }

  @Nullable State find(State.Id id, int mark) {
    IpAddress target = id.target();
    return find(target.v6(), target.high(), target.low(), id.spi(), id.protocol(), mark);
  }

  /** The chain of states between two peers under a reqid, newest first; not to be kept. */
  List<State> byPeers(
      boolean v6, long targetHigh, long targetLow, long sourceHigh, long sourceLow, int reqid) {
    List<State> chain =
        byPeers.get(probe.set(v6, targetHigh, targetLow, sourceHigh, sourceLow, reqid, 0));
    return chain == null ? EMPTY : chain;
  }

  /** A larval state by the number of its acquire, or null. */
  @Nullable State larval(int sequence) {
    return larvalBySequence.get(sequence);
  }

  /** The state that makes another one a duplicate, or null. */
  @Nullable State duplicateOf(State state) {
    return find(state.id(), state.mark().value() & state.mark().mask());
  }

  /**
   * The larval state that a new SA answers (xfrm_state_add): by its sequence number if protocol and
   * destination agree, else by peers, mode, reqid, protocol and mark; and by label where the
   * SA-miss policy tells larval states apart by label.
   */
  @Nullable State answeredBy(State fresh, boolean byLabel) {
    if (fresh.sequence() != 0) {
      State larval = larvalBySequence.get(fresh.sequence());
      if (larval != null
          && larval.id().protocol() == fresh.id().protocol()
          && larval.target().equals(fresh.target())
          && larval.mark().matches(fresh.mark().value() & fresh.mark().mask())) {
        return larval;
      }
    }
    IpAddress source = fresh.source();
    IpAddress target = fresh.target();
    List<State> chain =
        byPeers(
            target.v6(), target.high(), target.low(), source.high(), source.low(), fresh.reqid());
    for (State candidate : chain) {
      if (candidate.lifecycle == State.Lifecycle.ACQ
          && candidate.id().spi() == 0
          && candidate.mode() == fresh.mode()
          && candidate.id().protocol() == fresh.id().protocol()
          && candidate.mark().matches(fresh.mark().value() & fresh.mark().mask())
          && (!byLabel || sid(candidate) == sid(fresh))) {
        return candidate;
      }
    }
    return null;
  }

  static int sid(State state) {
    SecurityLabel label = state.label();
    return label == null ? 0 : label.sid();
  }

  /** Makes bundles over older states for the same peers stale. */
  void bumpGenerations(State fresh) {
    IpAddress source = fresh.source();
    IpAddress target = fresh.target();
    List<State> chain =
        byPeers(
            target.v6(), target.high(), target.low(), source.high(), source.low(), fresh.reqid());
    for (State older : chain) {
      if (older.ifId() == fresh.ifId() && older.mark().equals(fresh.mark())) {
        older.genid++;
      }
    }
  }

  /** Puts a state into every index; the caller has checked for duplicates and the limit. */
  void insert(long now, State state, State.Lifecycle lifecycle) {
    state.lifecycle = lifecycle;
    state.addTime = seconds(now);
    all.add(state);
    IpAddress source = state.source();
    IpAddress target = state.target();
    if (state.id().spi() != 0) {
      probe.set(
          target.v6(), target.high(), target.low(), 0, 0, state.id().spi(), state.id().protocol());
      link(byId, state);
    }
    probe.set(
        target.v6(), target.high(), target.low(), source.high(), source.low(), state.reqid(), 0);
    link(byPeers, state);
    if (lifecycle == State.Lifecycle.ACQ && state.sequence() != 0) {
      larvalBySequence.put(state.sequence(), state);
    }
  }

  private void link(Map<AddressKey, List<State>> map, State state) {
    List<State> chain = map.get(probe);
    if (chain == null) {
      chain = new ArrayList<>(2);
      map.put(probe.copy(), chain);
    }
    chain.addFirst(state);
  }

  /** Takes a state out and erases its keys; false if it was out already. */
  boolean remove(State state) {
    state.lifecycle = State.Lifecycle.DEAD;
    Transform transform = state.transform();
    if (transform != null) {
      transform.erase();
    }
    agenda.cancel(state.timer);
    if (!all.remove(state)) {
      return false;
    }
    IpAddress source = state.source();
    IpAddress target = state.target();
    if (state.id().spi() != 0) {
      probe.set(
          target.v6(), target.high(), target.low(), 0, 0, state.id().spi(), state.id().protocol());
      unlink(byId, state);
    }
    probe.set(
        target.v6(), target.high(), target.low(), source.high(), source.low(), state.reqid(), 0);
    unlink(byPeers, state);
    if (state.sequence() != 0) {
      larvalBySequence.remove(state.sequence(), state);
    }
    return true;
  }

  private void unlink(Map<AddressKey, List<State>> map, State state) {
    List<State> chain = map.get(probe);
    if (chain != null) {
      chain.remove(state);
      if (chain.isEmpty()) {
        map.remove(probe);
      }
    }
  }

  /** Starts the clock of a state with limits of time: looked at first after a second. */
  void startClock(long now, State state) {
    if (state.lifetimes.timed()) {
      agenda.arm(state.timer, now + SECOND);
    }
  }

  /** What a packet through a state is told by its limits (xfrm_state_check_expire). */
  enum Expiry {
    NONE,
    SOFT,
    HARD
  }

  /** To be asked before a packet is counted. A hard limit ends the state by its timer at once. */
  Expiry checkExpire(long now, State state) {
    Lifetimes limits = state.lifetimes;
    if (state.useTime < 0) {
      state.useTime = seconds(now);
    }
    if (state.bytes >= limits.hardBytes() || state.packets >= limits.hardPackets()) {
      state.lifecycle = State.Lifecycle.EXPIRED;
      agenda.arm(state.timer, now);
      return Expiry.HARD;
    }
    if (!state.dying
        && (state.bytes >= limits.softBytes() || state.packets >= limits.softPackets())) {
      state.dying = true;
      return Expiry.SOFT;
    }
    return Expiry.NONE;
  }

  /** A state's timer fired (xfrm_timer_handler): what is due now; re-arms it if nothing hard is. */
  Expiry onTimer(long now, State state) {
    if (state.lifecycle != State.Lifecycle.VALID) {
      return Expiry.HARD;
    }
    Lifetimes limits = state.lifetimes;
    long clock = seconds(now);
    long used = state.useTime < 0 ? clock : state.useTime;
    long next =
        Math.min(left(limits.hardAdd(), state.addTime, clock), left(limits.hardUse(), used, clock));
    if (next <= 0) {
      return Expiry.HARD;
    }
    boolean soft = false;
    if (!state.dying) {
      long softNext =
          Math.min(
              left(limits.softAdd(), state.addTime, clock), left(limits.softUse(), used, clock));
      if (softNext <= 0) {
        state.dying = true;
        soft = true;
      } else {
        next = Math.min(next, softNext);
      }
    }
    if (next != Long.MAX_VALUE) {
      agenda.arm(state.timer, now + Math.min(next, Integer.MAX_VALUE) * SECOND);
    }
    return soft ? Expiry.SOFT : Expiry.NONE;
  }

  static long left(long limit, long from, long clock) {
    return limit == Lifetimes.INFINITE ? Long.MAX_VALUE : limit + from - clock;
  }
}
