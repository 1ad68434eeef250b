package org.larval.xfrm;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;

/** Describes a {@link State}; {@link State#of} begins. */
public final class StateBuilder {
  final IpAddress source;
  final IpAddress target;
  final int spi;
  final int protocol;
  int reqid;
  Mode mode = Mode.TRANSPORT;
  Mark mark = Mark.NONE;
  int ifId;
  @Nullable Selector selector;
  @Nullable SecurityLabel label;
  @Nullable Direction direction;
  Lifetimes lifetimes = Lifetimes.NONE;
  int sequence;
  @Nullable Transform transform;
  Mark outputMark = Mark.NONE;
  @Nullable Encap encap;
  Set<StateFlag> flags = Set.of();
  int mappingMaxAge;
  int natKeepaliveInterval;
  int replayMaxDiff = -1;
  int replayMaxAge = -1;

  StateBuilder(IpAddress source, IpAddress target, int spi, int protocol) {
    if (source.v6() != target.v6()) {
      throw new IllegalArgumentException(
          "src " + source + " and dst " + target + " are of different families");
    }
    this.source = source;
    this.target = target;
    this.spi = spi;
    this.protocol = protocol;
  }

  /** See {@link State#reqid}. */
  public StateBuilder reqid(int value) {
    reqid = value;
    return this;
  }

  /** See {@link State#mode}. */
  public StateBuilder mode(Mode value) {
    mode = value;
    return this;
  }

  /** See {@link State#mark}. */
  public StateBuilder mark(Mark value) {
    mark = value;
    return this;
  }

  /** See {@link State#ifId}. */
  public StateBuilder ifId(int value) {
    ifId = value;
    return this;
  }

  /** See {@link State#selector}. */
  public StateBuilder selector(@Nullable Selector value) {
    selector = value;
    return this;
  }

  /** See {@link State#label}. */
  public StateBuilder label(@Nullable SecurityLabel value) {
    label = value;
    return this;
  }

  /** See {@link State#direction}. */
  public StateBuilder direction(@Nullable Direction value) {
    direction = value;
    return this;
  }

  /** See {@link State#lifetimes}. */
  public StateBuilder lifetimes(Lifetimes value) {
    lifetimes = value;
    return this;
  }

  /** See {@link State#sequence}. */
  public StateBuilder sequence(int value) {
    sequence = value;
    return this;
  }

  /** See {@link State#outputMark}. */
  public StateBuilder outputMark(Mark value) {
    outputMark = value;
    return this;
  }

  /** See {@link State#encap}. */
  public StateBuilder encap(@Nullable Encap value) {
    encap = value;
    return this;
  }

  /** See {@link State#flags}; none given means those of the transform. */
  public StateBuilder flags(Set<StateFlag> value) {
    flags = value;
    return this;
  }

  /** See {@link State#mappingMaxAge}. */
  public StateBuilder mappingMaxAge(int seconds) {
    mappingMaxAge = seconds;
    return this;
  }

  /** See {@link State#natKeepaliveInterval}. */
  public StateBuilder natKeepaliveInterval(int seconds) {
    natKeepaliveInterval = seconds;
    return this;
  }

  /** See {@link State#replayMaxDiff} and {@link State#replayMaxAge}. */
  public StateBuilder replayThresholds(int maxDiff, int maxAge) {
    replayMaxDiff = maxDiff;
    replayMaxAge = maxAge;
    return this;
  }

  /** See {@link State#transform}. */
  public StateBuilder transform(Transform value) {
    transform = value;
    return this;
  }

  /** The state, not installed. */
  public State build() {
    return new State(this);
  }
}
