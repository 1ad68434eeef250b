package org.larval.xfrm.grammar;

import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Policy;
import org.larval.xfrm.PolicyType;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.StateBuilder;
import org.larval.xfrm.transform.SaParameters;
import org.larval.xfrm.transform.StateMaker;

/** What a line of {@code ip xfrm} asks for. */
public sealed interface IpXfrmCommand {
  /** The network namespace of {@code ip -n NAME}, or "" for the current one. */
  String namespace();

  /**
   * {@code state add} or {@code state update}.
   *
   * @param update whether an existing state is replaced
   * @param spi unsigned, never 0
   * @param sequence the number of the acquire that it answers, 0 for none
   * @param outputMark what the packet's mark becomes, {@link Mark#NONE} for no change
   * @param selector null if the SA carries both families ({@code flag af-unspec}); without {@code
   *     sel} it is every address of the SA's own family, as iproute2 has it
   * @param direction null if none was given
   * @param natKeepaliveInterval seconds, unsigned, 0 for no keepalives
   */
  record StateAdd(
      String namespace,
      boolean update,
      IpAddress source,
      IpAddress target,
      int protocol,
      int spi,
      Mode mode,
      int reqid,
      int sequence,
      Mark mark,
      Mark outputMark,
      int ifId,
      @Nullable Selector selector,
      @Nullable SecurityLabel label,
      @Nullable Direction direction,
      int natKeepaliveInterval,
      Lifetimes lifetimes,
      SaParameters parameters)
      implements IpXfrmCommand {

    /**
     * The state that the line describes.
     *
     * @throws IllegalArgumentException in words for the user, as {@link StateMaker#state}
     */
    public State state(StateMaker maker) {
      return maker.state(identity(), parameters);
    }

    /** The part that every kind of state has. */
    public StateBuilder identity() {
      return State.of(source, target, spi, protocol)
          .mode(mode)
          .reqid(reqid)
          .sequence(sequence)
          .mark(mark)
          .outputMark(outputMark)
          .ifId(ifId)
          .selector(selector)
          .label(label)
          .direction(direction)
          .natKeepaliveInterval(natKeepaliveInterval)
          .lifetimes(lifetimes);
    }
  }

  /** {@code state delete}. */
  record StateDelete(String namespace, State.Id id, Mark mark) implements IpXfrmCommand {}

  /** {@code state flush}; protocol 0 means all. */
  record StateFlush(String namespace, int protocol) implements IpXfrmCommand {}

  /** {@code state deleteall}. */
  record StateDeleteAll(String namespace, StateFilter filter) implements IpXfrmCommand {}

  /**
   * {@code state allocspi}: a larval state with an SPI of its own.
   *
   * @param min the lowest SPI that may be taken, unsigned, at least 1
   * @param max the highest, unsigned
   */
  record StateAllocSpi(
      String namespace,
      IpAddress source,
      IpAddress target,
      int protocol,
      Mode mode,
      int reqid,
      int sequence,
      Mark mark,
      @Nullable Direction direction,
      int min,
      int max)
      implements IpXfrmCommand {
    /** The larval state under an SPI. Its selector is the two hosts. */
    public State state(int spi) {
      return State.of(source, target, spi, protocol)
          .mode(mode)
          .reqid(reqid)
          .sequence(sequence)
          .mark(mark)
          .direction(direction)
          .selector(Selector.between(Prefix.host(source), Prefix.host(target)))
          .build();
    }
  }

  /** A command that only asks; {@link IpXfrmQuery} answers. */
  sealed interface Query extends IpXfrmCommand {}

  /** {@code state get}. */
  record StateGet(String namespace, State.Id id, Mark mark, boolean statistics) implements Query {}

  /**
   * {@code state list}.
   *
   * @param statistics {@code ip -s}
   */
  record StateList(String namespace, StateFilter filter, boolean nokeys, boolean statistics)
      implements Query {}

  /** {@code state count}. */
  record StateCount(String namespace) implements Query {}

  /** {@code policy add}: refused if one of this identity exists. */
  record PolicyAdd(String namespace, Policy policy, Lifetimes lifetimes) implements IpXfrmCommand {}

  /** {@code policy update}: replaces one of this identity or adds it. */
  record PolicyUpdate(String namespace, Policy policy, Lifetimes lifetimes)
      implements IpXfrmCommand {}

  /**
   * {@code policy delete} by selector or by index.
   *
   * @param selector null if an index was given
   * @param index 0 if a selector was given
   */
  record PolicyDelete(
      String namespace,
      Direction direction,
      PolicyType type,
      @Nullable Selector selector,
      int index,
      Mark mark,
      int ifId,
      @Nullable SecurityLabel label)
      implements IpXfrmCommand {}

  /** {@code policy deleteall}; policies of sockets stay. */
  record PolicyDeleteAll(String namespace, PolicyFilter filter) implements IpXfrmCommand {}

  /** {@code policy flush}. */
  record PolicyFlush(String namespace, PolicyType type) implements IpXfrmCommand {}

  /** {@code policy setdefault}. */
  record PolicySetDefault(String namespace, Map<Direction, Policy.Action> actions)
      implements IpXfrmCommand {
    /** Keeps its own copy. */
    public PolicySetDefault {
      actions = Collections.unmodifiableMap(new EnumMap<>(actions));
    }
  }

  /**
   * {@code policy set hthresh4 hthresh6}: how the kernel hashes policies, which changes no answer.
   *
   * @param local4 bits of the local prefix, -1 if not given
   */
  record PolicyThresholds(String namespace, int local4, int remote4, int local6, int remote6)
      implements IpXfrmCommand {}

  /** {@code policy get}; as {@link PolicyDelete}. */
  record PolicyGet(
      String namespace,
      Direction direction,
      PolicyType type,
      @Nullable Selector selector,
      int index,
      Mark mark,
      int ifId,
      @Nullable SecurityLabel label,
      boolean statistics)
      implements Query {}

  /**
   * {@code policy list}.
   *
   * @param nosock without the policies of sockets
   */
  record PolicyList(String namespace, PolicyFilter filter, boolean nosock, boolean statistics)
      implements Query {}

  /** {@code policy count}. */
  record PolicyCount(String namespace) implements Query {}

  /** {@code policy getdefault}. */
  record PolicyGetDefault(String namespace) implements Query {}

  /** {@code monitor}. */
  record Monitor(String namespace, Set<Group> groups, boolean nokeys, boolean statistics)
      implements IpXfrmCommand {
    /** Keeps its own copy. */
    public Monitor {
      groups = Collections.unmodifiableSet(EnumSet.copyOf(groups));
    }
  }

  /** What a monitor listens to (XFRMNLGRP_*). */
  enum Group {
    ACQUIRE,
    EXPIRE,
    SA,
    AEVENT,
    POLICY,
    REPORT
  }
}
