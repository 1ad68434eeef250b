package org.larval.xfrm.grammar;

import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Policy;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
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
   * @param selector null if the SA carries both families ({@code flag af-unspec}); without {@code
   *     sel} it is every address of the SA's own family, as iproute2 has it
   * @param direction null if none was given
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
      int ifId,
      @Nullable Selector selector,
      @Nullable SecurityLabel label,
      @Nullable Direction direction,
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
    public State.Builder identity() {
      return State.of(source, target, spi, protocol)
          .mode(mode)
          .reqid(reqid)
          .sequence(sequence)
          .mark(mark)
          .ifId(ifId)
          .selector(selector)
          .label(label)
          .direction(direction)
          .lifetimes(lifetimes);
    }
  }

  /** {@code state delete}. */
  record StateDelete(String namespace, State.Id id, Mark mark) implements IpXfrmCommand {}

  /** {@code state flush}; protocol 0 means all. */
  record StateFlush(String namespace, int protocol) implements IpXfrmCommand {}

  /** {@code state list}. */
  record StateList(String namespace) implements IpXfrmCommand {}

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
      @Nullable Selector selector,
      int index,
      Mark mark,
      int ifId,
      @Nullable SecurityLabel label)
      implements IpXfrmCommand {}

  /** {@code policy flush}. */
  record PolicyFlush(String namespace) implements IpXfrmCommand {}

  /** {@code policy list}. */
  record PolicyList(String namespace) implements IpXfrmCommand {}
}
