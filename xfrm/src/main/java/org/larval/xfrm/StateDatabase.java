package org.larval.xfrm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;

/**
 * The security association database (net/xfrm/xfrm_state.c): found inbound by (destination, SPI,
 * protocol, mark), outbound by the peers, the reqid and what else is compared exactly. Putting in,
 * taking out and finding cost the same however many states there are; the order of installation is
 * a list through the states.
 */
final class StateDatabase {
  /** The most states, larval ones included. */
  static final int LIMIT = 1 << 21;

  static final long SECOND = 1_000_000_000L;

  private final StatesById byId = new StatesById();
  private final StatesByPeers byPeers = new StatesByPeers();
  private final Map<Integer, State> larvalBySequence = new HashMap<>();
  private final Map<AddressKey, SequencedSet<State>> larvalByPeers = new HashMap<>();
  private final AddressKey probe = new AddressKey();
  private final Agenda agenda;

  private @Nullable State first;
  private @Nullable State last;
  private int size;
  private int labeled;

  /** How many states belong to an xfrm interface. */
  private int ofInterfaces;

  /** Made when first somebody wants an SPI allocated. */
  private @Nullable SpiCounts spis;

  StateDatabase(Agenda agenda) {
    this.agenda = agenda;
  }

  /** Whole seconds since the lab began: the clock of lifetimes. */
  static long seconds(long now) {
    return Math.floorDiv(now, SECOND);
  }

  /** Seconds until a limit of time, see {@link StateClock}. */
  static long left(long limit, long from, long clock) {
    return StateClock.left(limit, from, clock);
  }

  boolean full() {
    return size >= LIMIT;
  }

  /** How many states have a label. */
  int labeled() {
    return labeled;
  }

  int size() {
    return size;
  }

  /** All states in the order of installation. */
  List<State> list() {
    List<State> list = new ArrayList<>(size);
    for (State state = first; state != null; state = state.nextInstalled) {
      list.add(state);
    }
    return list;
  }

  /** The state that an inbound packet names, or null (xfrm_state_lookup). */
  @Nullable State find(
      boolean v6, long targetHigh, long targetLow, int spi, int protocol, int mark) {
    return byId.find(v6, targetHigh, targetLow, spi, protocol, mark);
  }

  @Nullable State find(State.Id id, int mark) {
    IpAddress target = id.target();
    return find(target.v6(), target.high(), target.low(), id.spi(), id.protocol(), mark);
  }

  /**
   * The newest of the states that agree in all that an outbound template compares exactly; the
   * others follow by {@link State#nextByPeers}.
   */
  @Nullable State byPeers(
      boolean v6,
      long targetHigh,
      long targetLow,
      long sourceHigh,
      long sourceLow,
      int reqid,
      int ifId,
      Mode mode,
      int protocol) {
    return byPeers.find(
        v6, targetHigh, targetLow, sourceHigh, sourceLow, reqid, ifId, mode, protocol);
  }

  /** See {@link StatesByPeers#foundForAll}. */
  boolean foundForAll() {
    return byPeers.foundForAll();
  }

  /** See {@link StatesByPeers#hasFromAny}. */
  boolean hasFromAny() {
    return byPeers.hasFromAny();
  }

  /** To be told when an installed state begins or ceases to be dying, or is over. */
  void changed(State state) {
    byPeers.refresh(state);
  }

  /** See {@link StatesByPeers#inOrder}. */
  boolean inOrder() {
    return byPeers.inOrder();
  }

  /** A larval state by the number of its acquire, or null. */
  @Nullable State larval(int sequence) {
    return larvalBySequence.get(sequence);
  }

  /** The state that makes another one a duplicate, or null. */
  @Nullable State duplicateOf(State state) {
    return find(
        state.v6, state.targetHigh, state.targetLow, state.spi, state.protocol, state.markValue);
  }

  /**
   * The larval state that a new SA answers (xfrm_state_add): by its sequence number if protocol and
   * destination agree, else by peers, mode, reqid, protocol and mark; and by label where the
   * SA-miss policy tells larval states apart by label. The interface is not compared.
   */
  @Nullable State answeredBy(State fresh, boolean byLabel) {
    if (fresh.sequence() != 0) {
      State larval = larvalBySequence.get(fresh.sequence());
      if (larval != null
          && larval.lifecycle == State.Lifecycle.ACQ
          && larval.protocol == fresh.protocol
          && larval.target().equals(fresh.target())
          && larval.mark().matches(fresh.markValue)) {
        return larval;
      }
    }
    return larvalLike(fresh, byLabel);
  }

  /** A larval state without SPI for the same peers (__find_acq_core), or null. */
  @Nullable State larvalLike(State fresh, boolean byLabel) {
    SequencedSet<State> candidates = larvalByPeers.get(probe(fresh));
    if (candidates == null) {
      return null;
    }
    for (State candidate : candidates.reversed()) {
      if (candidate.lifecycle == State.Lifecycle.ACQ
          && candidate.spi == 0
          && candidate.mark().matches(fresh.markValue)
          && (!byLabel || sid(candidate) == sid(fresh))) {
        return candidate;
      }
    }
    return null;
  }

  private AddressKey probe(State state) {
    return probe.set(
        state.v6,
        state.targetHigh,
        state.targetLow,
        state.sourceHigh,
        state.sourceLow,
        state.reqid(),
        state.protocol << 8 | state.mode().number());
  }

  static int sid(State state) {
    SecurityLabel label = state.label();
    return label == null ? 0 : label.sid();
  }

  /** Makes bundles over older states for the same peers stale. */
  void bumpGenerations(State fresh) {
    byPeers.bump(fresh);
  }

  /** Puts a state into every index; the caller has checked for duplicates and the limit. */
  void insert(long now, State state, State.Lifecycle lifecycle) {
    state.addTime = seconds(now);
    reinsert(state, lifecycle);
  }

  /** The same for a state that has lived before. */
  void reinsert(State state, State.Lifecycle lifecycle) {
    state.lifecycle = lifecycle;
    if (lifecycle == State.Lifecycle.VALID) {
      attach(state);
    }
    size++;
    labeled += state.label() == null ? 0 : 1;
    State before = last;
    state.previousInstalled = before;
    last = state;
    if (before == null) {
      first = state;
    } else {
      before.nextInstalled = state;
    }
    ofInterfaces += state.ifId == 0 ? 0 : 1;
    byPeers.add(state);
    if (state.spi != 0) {
      addSpi(state);
    }
    state.larval = lifecycle == State.Lifecycle.ACQ;
    if (state.larval) {
      if (state.sequence() != 0) {
        larvalBySequence.put(state.sequence(), state);
      }
      SequencedSet<State> set = larvalByPeers.get(probe(state));
      if (set == null) {
        set = new LinkedHashSet<>();
        larvalByPeers.put(probe.copy(), set);
      }
      set.add(state);
    }
  }

  /**
   * Puts the companion that a transform needs beside its state, or shares the one that is there.
   */
  private void attach(State state) {
    Transform transform = state.transform();
    State wanted = transform == null ? null : transform.companion(state);
    if (wanted == null) {
      return;
    }
    State there = duplicateOf(wanted);
    if (there == null) {
      there = wanted;
      there.addTime = state.addTime;
      reinsert(there, State.Lifecycle.VALID);
    }
    there.companionOf++;
    state.companion = there;
  }

  private void addSpi(State state) {
    byId.add(state);
    if (spis != null) {
      spis.add(state.spi, state.protocol);
    }
  }

  /** Takes a state out and erases its keys; false if it was out already. */
  boolean remove(State state) {
    boolean installed = state.chain != null;
    state.lifecycle = State.Lifecycle.DEAD;
    Transform transform = state.transform();
    if (transform != null) {
      transform.erase();
    }
    agenda.cancel(state.timer);
    if (state.watch != null) {
      agenda.cancel(state.watch.timer);
    }
    if (state.keepalive != null) {
      agenda.cancel(state.keepalive.timer);
    }
    if (!installed) {
      return false;
    }
    size--;
    labeled -= state.label() == null ? 0 : 1;
    State before = state.previousInstalled;
    State after = state.nextInstalled;
    if (before == null) {
      first = after;
    } else {
      before.nextInstalled = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.previousInstalled = before;
    }
    state.previousInstalled = null;
    state.nextInstalled = null;
    ofInterfaces -= state.ifId == 0 ? 0 : 1;
    byPeers.remove(state);
    if (state.spi != 0) {
      byId.remove(state);
      if (spis != null) {
        spis.remove(state.spi, state.protocol);
      }
    }
    if (state.larval) {
      removeLarval(state);
    }
    State companion = state.companion;
    state.companion = null;
    if (companion != null && --companion.companionOf == 0) {
      remove(companion);
    }
    return true;
  }

  private void removeLarval(State state) {
    if (state.sequence() != 0) {
      larvalBySequence.remove(state.sequence(), state);
    }
    SequencedSet<State> set = larvalByPeers.get(probe(state));
    if (set != null) {
      set.remove(state);
      if (set.isEmpty()) {
        larvalByPeers.remove(probe);
      }
    }
  }

  /** Moves a state to another xfrm interface. */
  void changeInterface(State state, int ifId) {
    byPeers.remove(state);
    ofInterfaces += (ifId == 0 ? 0 : 1) - (state.ifId == 0 ? 0 : 1);
    state.ifId = ifId;
    byPeers.add(state);
  }

  /** Gives an installed state without SPI one that no state of its protocol has; false if none. */
  boolean allocateSpi(State state, long low, long high, RandomGenerator random) {
    SpiCounts taken = spis;
    if (taken == null) {
      taken = new SpiCounts();
      for (State other = first; other != null; other = other.nextInstalled) {
        if (other.spi != 0) {
          taken.add(other.spi, other.protocol);
        }
      }
      spis = taken;
    }
    for (long tries = high - low + 1; tries > 0; tries--) {
      int spi = (int) (low == high ? low : random.nextLong(low, high + 1));
      if (spi != 0 && !taken.has(spi, state.protocol)) {
        state.allocated(spi);
        addSpi(state);
        return true;
      }
    }
    return false;
  }

  /** The newest state that a migration is about (xfrm_migrate_state_find), or null. */
  @Nullable State migrating(Migration migration, int ifId) {
    IpAddress source = migration.oldSource();
    IpAddress target = migration.oldTarget();
    if (migration.reqid() != 0 && (ifId != 0 || ofInterfaces == 0)) {
      return byPeers(
          target.v6(),
          target.high(),
          target.low(),
          source.high(),
          source.low(),
          migration.reqid(),
          ifId,
          migration.mode(),
          migration.protocol());
    }
    // Any reqid or any interface: rare enough to go through all.
    for (State state = last; state != null; state = state.previousInstalled) {
      if (state.mode() == migration.mode()
          && state.protocol == migration.protocol()
          && (migration.reqid() == 0 || state.reqid() == migration.reqid())
          && (ifId == 0 || state.ifId == ifId)
          && state.target().equals(target)
          && state.source().equals(source)) {
        return state;
      }
    }
    return null;
  }
}
