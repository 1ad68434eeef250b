package org.larval.ike.sa;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeAcquire;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Message;
import org.larval.ike.message.Octets;

/** Begins IKE SAs, and children on those that stand. */
final class Starter {
  private Starter() {}

  /** The IKE SA of a connection that can take children, or null. */
  static @Nullable IkeSa standing(Host host, Connection connection) {
    IkeSa best = null;
    for (IkeSa sa : host.table().all()) {
      if (sa.hasConnection()
          && sa.connection().equals(connection)
          && (sa.state() == IkeSa.State.ESTABLISHED
              || sa.state() == IkeSa.State.CONNECTING && sa.initiator)) {
        best = sa;
      }
    }
    return best;
  }

  /** A child, on the IKE SA that stands or on a new one. */
  static void child(
      Turn turn, Host host, Connection connection, Child child, Endpoint local, Endpoint remote) {
    IkeSa sa = standing(host, connection);
    if (sa == null) {
      ike(turn, host, connection, List.of(child), local, remote);
    } else if (sa.childOf(child, child.label()) == null) {
      sa.requests().add(turn, new ChildInitiator(sa, child, null, null));
    }
  }

  /** A child that a packet asks for. */
  static void acquired(
      Turn turn,
      Host host,
      Connection connection,
      Child child,
      IkeAcquire acquire,
      Endpoint local,
      Endpoint remote) {
    IkeSa sa = standing(host, connection);
    if (sa != null) {
      for (Task task : sa.requests().all()) {
        if (asks(task, child, acquire)) {
          return;
        }
      }
      sa.requests().add(turn, new ChildInitiator(sa, child, acquire, null));
      return;
    }
    IkeSa fresh = fresh(turn, host, connection, local, remote);
    fresh.requests().add(turn, new SaInitInitiator(fresh, Octets.EMPTY));
    fresh
        .requests()
        .add(
            turn,
            new AuthInitiator(
                fresh, new ChildInitiator(fresh, child, acquire, null), List.of(), null));
  }

  private static boolean asks(Task task, Child child, IkeAcquire acquire) {
    ChildInitiator one =
        task instanceof ChildInitiator alone
            ? alone
            : task instanceof AuthInitiator auth ? auth.child() : null;
    if (one == null || !one.config().equals(child)) {
      return false;
    }
    IkeAcquire same = one.acquire();
    // what is made for the whole child, as in a reauthentication, serves the packet too
    return same == null
        ? child.label() == null && acquire.resource() < 0
        : same.sequence() == acquire.sequence();
  }

  /** A new IKE SA with children. */
  static void ike(
      Turn turn,
      Host host,
      Connection connection,
      List<Child> children,
      Endpoint local,
      Endpoint remote) {
    begin(turn, fresh(turn, host, connection, local, remote), children, null, Octets.EMPTY);
  }

  /** The same, sent to another gateway by one that is named. */
  static void redirected(
      Turn turn, IkeSa from, List<Child> children, Endpoint to, Octets formerGateway) {
    IkeSa fresh = fresh(turn, from.host, from.connection(), from.local().on(Endpoint.IKE), to);
    begin(turn, fresh, children, null, formerGateway);
  }

  /** The same in place of one that is deleted when the new one stands. */
  static void successor(Turn turn, IkeSa old, List<Child> children) {
    begin(
        turn,
        fresh(
            turn,
            old.host,
            old.connection(),
            old.local().on(Endpoint.IKE),
            old.remote().on(old.connection().remotePort())),
        children,
        old,
        Octets.EMPTY);
  }

  private static IkeSa fresh(
      Turn turn, Host host, Connection connection, Endpoint local, Endpoint remote) {
    boolean custom = connection.remotePort() != Endpoint.IKE;
    IkeSa sa =
        new IkeSa(
            host,
            true,
            0,
            local.on(custom ? Endpoint.NAT : Endpoint.IKE),
            remote.on(connection.remotePort()),
            connection);
    sa.createdAt(turn.now());
    host.table().add(sa);
    return sa;
  }

  private static void begin(
      Turn turn, IkeSa sa, List<Child> children, @Nullable IkeSa old, Octets formerGateway) {
    ChildInitiator first =
        children.isEmpty() ? null : new ChildInitiator(sa, children.getFirst(), null, null);
    List<Child> others = children.isEmpty() ? children : children.subList(1, children.size());
    sa.requests().add(turn, new SaInitInitiator(sa, formerGateway));
    sa.requests().add(turn, new AuthInitiator(sa, first, others, old));
  }

  /** A task that is nothing but a thing to do when everything before it has been done. */
  static Task then(IkeSa sa, Agenda.Duty duty) {
    return new Task(sa) {
      @Override
      ExchangeType exchange() {
        return ExchangeType.INFORMATIONAL;
      }

      @Override
      Outcome build(Turn turn, Draft draft) {
        duty.at(turn);
        return Outcome.DONE;
      }

      @Override
      Outcome process(Turn turn, Message response) {
        return Outcome.DONE;
      }
    };
  }
}
