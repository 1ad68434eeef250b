package org.larval.ike.sa;

import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.IkeEvent;
import org.larval.ike.config.Child;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Protocol;

/** A pair of child SAs at this end: what was agreed, and how far its life has got. */
final class ChildSa {
  /** Where in its life it is. */
  enum State {
    /** The inbound SA is installed; the peer has not shown yet that it can take our packets. */
    HALF,
    /** Both are. */
    INSTALLED,
    /** We have asked for its successor. */
    REKEYING,
    /** Its successor carries the traffic. */
    REKEYED,
    /** We have told the peer to delete it. */
    DELETING,
    /** Not usable any more. */
    GONE
  }

  private final Host host;
  private final Child config;
  private IkeSa owner;
  private ChildParameters parameters;
  private State state = State.HALF;
  private boolean inbound;
  private boolean outbound;
  private boolean unwanted;
  private Agenda.@Nullable Entry rekey;
  private Agenda.@Nullable Entry expiry;
  private @Nullable ChildSa successor;
  private Octets lowestNonce = Octets.EMPTY;
  private final long replaces;

  ChildSa(IkeSa owner, Child config, ChildParameters parameters, @Nullable ChildSa predecessor) {
    this.owner = owner;
    host = owner.host;
    this.config = config;
    this.parameters = parameters;
    replaces = predecessor == null ? 0 : predecessor.parameters.id();
  }

  /** The IKE SA that it belongs to now. */
  IkeSa owner() {
    return owner;
  }

  void owner(IkeSa successor) {
    owner = successor;
  }

  Child config() {
    return config;
  }

  ChildParameters parameters() {
    return parameters;
  }

  State state() {
    return state;
  }

  void state(State next) {
    state = next;
  }

  /** The SPI that a peer names when it means this pair: its own inbound one. */
  int outboundSpi() {
    return parameters.outboundSpi();
  }

  int inboundSpi() {
    return parameters.inboundSpi();
  }

  Octets spi() {
    return Octets.number(Integer.toUnsignedLong(parameters.inboundSpi()), 4);
  }

  Protocol protocol() {
    return parameters.suite().protocol();
  }

  /** The lower of the nonces of the exchange that made it. */
  Octets lowestNonce() {
    return lowestNonce;
  }

  void nonces(Octets ni, Octets nr) {
    lowestNonce = ni.compareTo(nr) < 0 ? ni : nr;
  }

  /** What carries its traffic after it, or null. */
  @Nullable ChildSa successor() {
    return successor;
  }

  void succeededBy(ChildSa next) {
    ChildSa waiting = successor;
    if (waiting != null && waiting.state == State.HALF && !waiting.owner.equals(next.owner)) {
      // a new IKE SA has one as well, and the old IKE SA will go
      next.successor = waiting;
    }
    successor = next;
  }

  /** Whether it is there to be used or replaced. */
  boolean alive() {
    return state == State.HALF || state == State.INSTALLED || state == State.REKEYING;
  }

  void installInbound(Turn turn) {
    if (!inbound) {
      inbound = true;
      host.table().installedChildSpi(parameters.inboundSpi());
      turn.emit(new IkeEvent.InstallInbound(parameters));
    }
  }

  void installOutbound(Turn turn) {
    if (!outbound && inbound) {
      outbound = true;
      if (state == State.HALF) {
        state = State.INSTALLED;
      }
      turn.emit(new IkeEvent.InstallOutbound(parameters));
      turn.emit(new IkeEvent.ChildUp(parameters, replaces));
      if (unwanted) {
        owner.requests().add(turn, new ChildDelete(owner, this));
      }
    }
  }

  /** Closes it, as soon as the peer is known to have it. */
  void close(Turn turn) {
    if (state == State.HALF) {
      unwanted = true;
    } else {
      owner.requests().add(turn, new ChildDelete(owner, this));
    }
  }

  void removeOutbound(Turn turn) {
    if (outbound) {
      outbound = false;
      turn.emit(new IkeEvent.RemoveOutbound(parameters));
    }
  }

  /** Ends it at once. */
  void remove(Turn turn, String why) {
    if (state == State.GONE) {
      return;
    }
    boolean told = outbound;
    cancel();
    handOver(turn);
    removeOutbound(turn);
    if (inbound) {
      inbound = false;
      turn.emit(new IkeEvent.RemoveInbound(parameters));
    }
    state = State.GONE;
    owner.children().remove(this);
    host.table().giveBackChildSpi(parameters.inboundSpi());
    if (told || successor == null) {
      turn.emit(new IkeEvent.ChildDown(parameters, why));
    }
    parameters.keys().destroy();
  }

  /** Ends its outbound half at once, the inbound one when nothing can be on its way any more. */
  void retire(Turn turn, String why) {
    cancel();
    handOver(turn);
    removeOutbound(turn);
    state = State.REKEYED;
    expiry =
        host.agenda().at(turn.now() + host.settings().rekeyedDelay(), later -> remove(later, why));
  }

  /** The first of its successors takes the traffic over, if none has it yet. */
  private void handOver(Turn turn) {
    ChildSa first = null;
    for (ChildSa next = successor; next != null; next = next.successor) {
      if (next.outbound) {
        return;
      }
      first = first == null && next.state == State.HALF ? next : first;
    }
    // one whose limit was reached has stopped sending before
    if ((outbound || state == State.DELETING) && first != null) {
      first.installOutbound(turn);
    }
  }

  /** The last of its successors that is there, or null. */
  @Nullable ChildSa heir() {
    ChildSa last = null;
    for (ChildSa next = successor;
        next != null && next.state != State.GONE;
        next = next.successor) {
      last = next;
    }
    return last;
  }

  void timers(Agenda.@Nullable Entry soft, Agenda.@Nullable Entry hard) {
    cancel();
    rekey = soft;
    expiry = hard;
  }

  void cancel() {
    if (rekey != null) {
      rekey.cancel();
    }
    if (expiry != null) {
      expiry.cancel();
    }
  }

  /** The same SAs between other addresses. */
  void move(Turn turn, ChildParameters moved) {
    ChildParameters before = parameters;
    parameters = moved;
    if (inbound || outbound) {
      turn.emit(new IkeEvent.Move(before, moved));
    }
  }

  @Override
  public String toString() {
    return parameters.child()
        + "{"
        + "%08x".formatted(parameters.inboundSpi())
        + "_i "
        + "%08x".formatted(parameters.outboundSpi())
        + "_o}";
  }
}
