package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeEvent;
import org.larval.ike.config.Child;
import org.larval.ike.config.Lifetime;
import org.larval.ike.message.Octets;

/**
 * How long an IKE SA and its children live: when they are replaced, when the peer is asked whether
 * it lives, and what is done when something ends.
 */
final class IkeLife {
  /** A rekeyed or lost IKE SA waits so long for its deletion. */
  private static final long LINGER = 180_000_000_000L;

  /**
   * One that was replaced by authenticating again stays so long: its deletion ends its children at
   * once, also for packets that have arrived before and wait for the peer's other threads.
   */
  private static final long GRACE = 1_000_000_000L;

  private final IkeSa sa;
  private final List<Agenda.Entry> timers = new ArrayList<>();
  private Agenda.@Nullable Entry silence;
  private Agenda.@Nullable Entry keepalive;
  private long reauthentication = Long.MAX_VALUE;
  private boolean fading;

  IkeLife(IkeSa sa) {
    this.sa = sa;
  }

  private Agenda agenda() {
    return sa.host.agenda();
  }

  /** The IKE SA is established. */
  void begin(Turn turn) {
    Lifetime life = sa.connection().lifetime();
    long rekey = life.rekeyAfter(sa.host.random());
    if (rekey != Long.MAX_VALUE) {
      after(turn, rekey, later -> sa.requests().add(later, new IkeRekeyInitiator(sa, later.now())));
    }
    if (life.lifeTime() != 0) {
      after(
          turn,
          life.lifeTime(),
          later -> sa.requests().add(later, new IkeDelete(sa, "its time is up")));
    }
    if (reauthentication == Long.MAX_VALUE && sa.initiator && sa.connection().reauthTime() != 0) {
      reauthentication = turn.now() + sa.connection().reauthTime();
    }
    if (reauthentication != Long.MAX_VALUE) {
      timers.add(agenda().at(reauthentication, later -> Reauthentication.begin(later, sa)));
    }
    watchPeer(turn);
    keepNat(turn);
  }

  private void after(Turn turn, long wait, Agenda.Duty duty) {
    timers.add(agenda().at(turn.now() + wait, duty));
  }

  /** The peer wants to authenticate again before so long (RFC 4478). */
  void authLifetime(Turn turn, long nanoseconds) {
    long due = turn.now() + nanoseconds;
    if (due < reauthentication) {
      reauthentication = due;
      if (sa.established()) {
        timers.add(agenda().at(due, later -> Reauthentication.begin(later, sa)));
      }
    }
  }

  /** A rekeyed IKE SA is authenticated as long as the one before it. */
  void replaces(IkeLife before) {
    if (before.reauthentication != Long.MAX_VALUE) {
      reauthentication = before.reauthentication;
      timers.add(agenda().at(reauthentication, later -> Reauthentication.begin(later, sa)));
    }
  }

  private void watchPeer(Turn turn) {
    long delay = sa.connection().dpdDelay();
    if (delay == 0) {
      return;
    }
    long last = lastHeard();
    long due = last + delay;
    if (due <= turn.now()) {
      if (sa.requests().idle()) {
        sa.requests().add(turn, new Liveness(sa));
      }
      due = turn.now() + delay;
    }
    silence = agenda().at(due, this::watchPeer);
  }

  /** When the peer last showed that it lives: by IKE, or by ESP. */
  private long lastHeard() {
    long last = sa.lastHeard();
    for (ChildSa child : sa.children()) {
      if (child.state() != ChildSa.State.GONE) {
        last = Math.max(last, sa.host.surroundings().lastInbound(child.parameters()));
      }
    }
    return last;
  }

  private void keepNat(Turn turn) {
    long interval = sa.host.settings().keepalive();
    if (interval == 0 || sa.local().port() == Endpoint.IKE) {
      return;
    }
    keepalive =
        agenda()
            .at(
                turn.now() + interval,
                later -> {
                  if (sa.natHere()) {
                    later.emit(new IkeEvent.Send(sa.local(), sa.remote(), Octets.of((byte) 0xff)));
                  }
                  keepNat(later);
                });
  }

  /** Replaces a child when it is due, and ends it when nothing has replaced it. */
  void watch(Turn turn, ChildSa child) {
    Lifetime life = child.config().lifetime();
    long soft = life.rekeyAfter(sa.host.random());
    Agenda.@Nullable Entry rekey =
        soft == Long.MAX_VALUE
            ? null
            : agenda().at(turn.now() + soft, later -> rekey(later, child));
    Agenda.@Nullable Entry expiry =
        life.lifeTime() == 0
            ? null
            : agenda().at(turn.now() + life.lifeTime(), later -> expire(later, child));
    child.timers(rekey, expiry);
  }

  /** A child is to be replaced: its time or its bytes are nearly used up. */
  void rekey(Turn turn, ChildSa child) {
    IkeSa owner = child.owner();
    if (child.state() == ChildSa.State.INSTALLED) {
      owner.requests().add(turn, new ChildRekeyInitiator(owner, child, turn.now()));
    }
  }

  /** A child must not be used any more. */
  void expire(Turn turn, ChildSa child) {
    IkeSa owner = child.owner();
    if (child.alive()) {
      owner.log(turn, "the time of child " + child + " is up");
      child.close(turn);
    } else if (child.state() != ChildSa.State.GONE) {
      child.remove(turn, "its time is up");
    }
  }

  /** The peer has closed a child that nothing replaces. */
  void closed(Turn turn, ChildSa child) {
    act(turn, child, child.config().onClose());
  }

  /** The peer has deleted the IKE SA. */
  void ended(Turn turn, String why) {
    boolean replaced = sa.state() == IkeSa.State.REKEYED;
    if (!replaced && sa.requests().active() instanceof IkeRekeyInitiator task) {
      IkeSa rival = task.rival();
      if (rival != null && !rival.gone()) {
        rival.succession().inherit(turn, sa);
        replaced = true;
      }
    }
    boolean wanted = sa.state() == IkeSa.State.ESTABLISHED && !replaced;
    List<ChildSa> standing = standing();
    sa.close(turn, replaced ? "replaced" : why);
    if (wanted) {
      standing.forEach(child -> act(turn, child, child.config().onClose()));
    }
  }

  /** The peer does not answer any more. */
  void dead(Turn turn, String why) {
    boolean wanted = sa.state() == IkeSa.State.ESTABLISHED;
    List<ChildSa> standing = standing();
    sa.close(turn, why);
    if (wanted) {
      standing.forEach(child -> act(turn, child, child.config().onDead()));
    }
  }

  private List<ChildSa> standing() {
    return sa.children().stream().filter(ChildSa::alive).toList();
  }

  private void act(Turn turn, ChildSa child, Child.Action action) {
    switch (action) {
      case NONE -> {}
      case TRAP -> turn.emit(new IkeEvent.Trap(sa.connection().name(), child.config().name()));
      case START ->
          Starter.child(turn, sa.host, sa.connection(), child.config(), sa.local(), sa.remote());
    }
  }

  /** It has been replaced and waits for its deletion, not for ever. */
  void lingers(Turn turn) {
    after(turn, LINGER, later -> sa.close(later, "replaced, and never deleted by the peer"));
  }

  /** Another one, with children of its own, stands in its place. */
  void replaced(Turn turn) {
    fading = true;
    end();
    after(turn, GRACE, later -> sa.requests().add(later, new IkeDelete(sa, "authenticated again")));
  }

  /** Whether it is about to be deleted, and nothing is to be made in it any more. */
  boolean fading() {
    return fading;
  }

  /** Nothing more is done for it. */
  void end() {
    timers.forEach(Agenda.Entry::cancel);
    timers.clear();
    if (silence != null) {
      silence.cancel();
    }
    if (keepalive != null) {
      keepalive.cancel();
    }
  }
}
