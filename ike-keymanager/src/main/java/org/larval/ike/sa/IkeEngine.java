package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeAcquire;
import org.larval.ike.IkeEvent;
import org.larval.ike.IkeStatus;
import org.larval.ike.Surroundings;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;
import org.larval.ike.message.Octets;
import org.larval.packet.Effects;
import org.larval.wire.IpAddress;

/**
 * The IKEv2 of one host (RFC 7296), without sockets and clocks: datagrams, acquires and the time go
 * in, {@link IkeEvent}s come out. {@code now} is nanoseconds since the lab began.
 */
public final class IkeEngine {
  private final Host host;
  private final Outbox outbox = new Outbox();
  private final Reception reception;

  /**
   * A host.
   *
   * @param random cryptographic in real time, seeded in virtual time
   */
  public IkeEngine(
      List<Connection> connections,
      Settings settings,
      Keyring keyring,
      RandomGenerator random,
      Surroundings surroundings) {
    host = new Host(connections, settings, keyring, random, surroundings);
    reception = new Reception(host);
  }

  /** Something that a call does. */
  @FunctionalInterface
  private interface Work {
    void in(Turn turn);
  }

  private void call(long now, Effects out, Work work) {
    Turn turn = new Turn(now, outbox);
    work.in(turn);
    outbox.flush(now, out);
  }

  /** Sets traps and begins what is to be there from the beginning. */
  public void load(long now, Effects out) {
    call(
        now,
        out,
        turn -> {
          for (Connection connection : host.connections()) {
            for (Child child : connection.children()) {
              switch (child.start()) {
                case NONE -> {}
                case TRAP -> turn.emit(new IkeEvent.Trap(connection.name(), child.name()));
                case START -> begin(turn, connection, child);
              }
            }
          }
        });
  }

  /** A UDP datagram has come to one of the ports, with the zero marker where there is one. */
  public void onDatagram(long now, Endpoint local, Endpoint remote, Octets payload, Effects out) {
    call(now, out, turn -> reception.onDatagram(turn, local, remote, payload));
  }

  /** A packet needs SAs that do not exist. */
  public void onAcquire(long now, IkeAcquire acquire, Effects out) {
    call(
        now,
        out,
        turn -> {
          for (Connection connection : host.connections()) {
            if (connection.joins(acquire.local(), acquire.remote())) {
              Child child = wanted(connection, acquire);
              if (child != null) {
                Starter.acquired(
                    turn,
                    host,
                    connection,
                    child,
                    acquire,
                    new Endpoint(acquire.local(), Endpoint.IKE),
                    new Endpoint(acquire.remote(), connection.remotePort()));
                return;
              }
            }
          }
          turn.emit(new IkeEvent.AcquireFailed(acquire, "no connection is for this packet"));
        });
  }

  private static @Nullable Child wanted(Connection connection, IkeAcquire acquire) {
    for (Child child : connection.children()) {
      if (acquire.reqid() != 0 && child.reqid() == acquire.reqid()) {
        return child;
      }
    }
    for (Child child : connection.children()) {
      if (child.reqid() == 0 || acquire.reqid() == 0) {
        boolean fits =
            acquire.source() == null
                || acquire.destination() == null
                || Ranges.within(
                        List.of(acquire.source()),
                        Ranges.of(child.local(), List.of(acquire.local())))
                    && Ranges.within(
                        List.of(acquire.destination()),
                        Ranges.of(child.remote(), List.of(acquire.remote())));
        if (fits) {
          return child;
        }
      }
    }
    return null;
  }

  /**
   * Whether an SPI is one that a peer has been told to use, whose inbound SA is not installed yet:
   * a peer may send with it before its own answer is on the wire.
   */
  public boolean awaits(int spi) {
    return host.table().awaits(spi);
  }

  /**
   * Bytes or packets of a child SA are nearly used up, or quite.
   *
   * @param spi of either direction
   */
  public void onExpire(long now, int spi, boolean hard, Effects out) {
    call(
        now,
        out,
        turn -> {
          for (IkeSa sa : host.table().all()) {
            ChildSa child = sa.childByInbound(spi);
            child = child == null ? sa.childByOutbound(spi) : child;
            if (child != null) {
              if (hard) {
                sa.life().expire(turn, child);
              } else {
                sa.life().rekey(turn, child);
              }
              return;
            }
          }
        });
  }

  /** The deadline has come. */
  public void onDeadline(long now, Effects out) {
    call(
        now,
        out,
        turn -> {
          while (host.agenda().doOne(turn)) {
            // each may enter others
          }
        });
  }

  /** When it next wants to be called, or {@link Long#MAX_VALUE}. */
  public long deadline() {
    return Math.min(host.agenda().deadline(), outbox.deadline());
  }

  /**
   * Begins a child, and an IKE SA if there is none.
   *
   * @param childName null for the IKE SA alone
   * @return whether there is such a connection and child, and an address to call
   */
  public boolean initiate(
      long now, String connectionName, @Nullable String childName, Effects out) {
    Connection connection = connection(connectionName);
    Child child = connection == null || childName == null ? null : connection.child(childName);
    if (connection == null || childName != null && child == null || peer(connection) == null) {
      return false;
    }
    call(now, out, turn -> begin(turn, connection, child));
    return true;
  }

  private @Nullable Connection connection(String name) {
    for (Connection connection : host.connections()) {
      if (connection.name().equals(name)) {
        return connection;
      }
    }
    return null;
  }

  private @Nullable Endpoint peer(Connection connection) {
    IpAddress address = connection.peer();
    return address == null ? null : new Endpoint(address, connection.remotePort());
  }

  private void begin(Turn turn, Connection connection, @Nullable Child child) {
    Endpoint remote = peer(connection);
    if (remote == null) {
      turn.log(connection.name(), "has no single remote address to call");
      return;
    }
    IpAddress here = connection.here();
    if (here == null) {
      here = host.surroundings().sourceFor(remote.address());
    }
    if (here == null) {
      turn.log(connection.name(), "there is no route to " + remote.address());
      return;
    }
    Endpoint local = new Endpoint(here, Endpoint.IKE);
    if (child != null) {
      Starter.child(turn, host, connection, child, local, remote);
    } else if (Starter.standing(host, connection) == null) {
      Starter.ike(turn, host, connection, List.of(), local, remote);
    }
  }

  /** Replaces the IKE SAs of a connection; how many. */
  public int rekeyIke(long now, String connection, Effects out) {
    return each(
        now,
        connection,
        out,
        (turn, sa) -> sa.requests().add(turn, new IkeRekeyInitiator(sa, turn.now())));
  }

  /** Authenticates the IKE SAs of a connection again; how many. */
  public int reauthenticate(long now, String connection, Effects out) {
    return each(now, connection, out, Reauthentication::begin);
  }

  /** Deletes the IKE SAs of a connection with their children; how many. */
  public int terminate(long now, String connection, Effects out) {
    return each(
        now,
        connection,
        out,
        (turn, sa) -> sa.requests().add(turn, new IkeDelete(sa, "terminated")));
  }

  /** Asks the peers of a connection for a sign of life; how many. */
  public int probe(long now, String connection, Effects out) {
    return each(now, connection, out, (turn, sa) -> sa.requests().add(turn, new Liveness(sa)));
  }

  /** This host is at another address: MOBIKE where both can, nothing otherwise; how many. */
  public int move(long now, String connection, IpAddress here, Effects out) {
    return each(
        now,
        connection,
        out,
        (turn, sa) -> {
          if (sa.initiator && sa.peer().mobike) {
            sa.requests()
                .add(turn, new Mobike(sa, new Endpoint(here, sa.local().port()), sa.remote()));
          }
        });
  }

  /** Replaces the pairs of a child; how many. */
  public int rekeyChild(long now, String connection, String child, Effects out) {
    return eachChild(now, connection, child, out, (turn, sa, one) -> sa.life().rekey(turn, one));
  }

  /** Deletes the pairs of a child; how many. */
  public int terminateChild(long now, String connection, String child, Effects out) {
    return eachChild(now, connection, child, out, (turn, sa, one) -> one.close(turn));
  }

  @FunctionalInterface
  private interface IkeWork {
    void on(Turn turn, IkeSa sa);
  }

  @FunctionalInterface
  private interface ChildWork {
    void on(Turn turn, IkeSa sa, ChildSa child);
  }

  private int each(long now, String connection, Effects out, IkeWork work) {
    List<IkeSa> chosen = new ArrayList<>();
    for (IkeSa sa : host.table().all()) {
      if (sa.state() == IkeSa.State.ESTABLISHED && sa.connection().name().equals(connection)) {
        chosen.add(sa);
      }
    }
    call(now, out, turn -> chosen.forEach(sa -> work.on(turn, sa)));
    return chosen.size();
  }

  private int eachChild(long now, String connection, String child, Effects out, ChildWork work) {
    int[] count = new int[1];
    each(
        now,
        connection,
        out,
        (turn, sa) -> {
          for (ChildSa one : List.copyOf(sa.children())) {
            if (one.alive() && one.config().name().equals(child)) {
              count[0]++;
              work.on(turn, sa, one);
            }
          }
        });
    return count[0];
  }

  /** What there is, oldest first. */
  public List<IkeStatus> status() {
    return host.table().all().stream().map(IkeEngine::status).toList();
  }

  private static IkeStatus status(IkeSa sa) {
    return new IkeStatus(
        sa.hasConnection() ? sa.connection().name() : "",
        sa.initiatorSpi(),
        sa.responderSpi(),
        sa.initiator,
        sa.state().name(),
        sa.local(),
        sa.remote(),
        sa.hasConnection() ? sa.localId().toString() : "",
        sa.hasConnection() ? sa.remoteId().toString() : "",
        sa.hasKeys() ? sa.suite().toString() : "",
        sa.children().stream()
            .filter(child -> child.state() != ChildSa.State.GONE)
            .map(child -> new IkeStatus.Child(child.state().name(), child.parameters()))
            .toList());
  }

  /** All IKE SAs, oldest first. */
  List<IkeSa> sas() {
    return host.table().all();
  }

  /** IKE SAs that nobody has authenticated yet. */
  public int halfOpen() {
    return host.table().halfOpen();
  }
}
