package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeEvent;
import org.larval.ike.auth.Identity;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.crypto.IkeKeys;
import org.larval.ike.crypto.IkeSuite;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Message;
import org.larval.ike.message.Octets;
import org.larval.wire.IpAddress;

/**
 * One IKE SA at one end: who is at its ends, its keys, its exchanges in both directions, and its
 * children. What it does is in its tasks; how long it lives in {@link IkeLife}.
 */
final class IkeSa {
  /** Where in its life it is. */
  enum State {
    /** The peers do not know each other yet. */
    CONNECTING,
    /** They do, but both have made a successor of another one, and one of the two will go. */
    CONTENDING,
    /** They do. */
    ESTABLISHED,
    /** Another IKE SA has taken everything over. */
    REKEYED,
    /** We have told the peer to delete it. */
    DELETING,
    /** Not usable any more. */
    GONE
  }

  final Host host;

  /** Whether this end began it; the other end has the opposite here. */
  final boolean initiator;

  private final long ourSpi;
  private long peerSpi;
  private Endpoint local;
  private Endpoint remote;
  private @Nullable Connection connection;
  private State state = State.CONNECTING;
  private final Requests requests;
  private final Replies replies;
  private final Envelope envelope;
  private final FollowUps followUps;
  private final Inbox inbox;
  private final IkeLife life;
  private final PeerFeatures peer = new PeerFeatures();
  private final List<ChildSa> children = new ArrayList<>();
  private final List<IpAddress> localInner = new ArrayList<>();
  private final List<IpAddress> remoteInner = new ArrayList<>();
  private final Succession succession = new Succession(this);
  private @Nullable String lastWord;
  private @Nullable Runnable whenKnown;
  private @Nullable AuthResponder authentication;
  private @Nullable Handshake handshake = new Handshake();
  private @Nullable IkeSuite suite;
  private @Nullable IkeKeys keys;
  private @Nullable Identity localId;
  private @Nullable Identity remoteId;
  private long createdAt;
  private long establishedAt;
  private long lastHeard;
  private boolean natHere;
  private boolean natThere;

  IkeSa(
      Host host,
      boolean initiator,
      long peerSpi,
      Endpoint local,
      Endpoint remote,
      @Nullable Connection connection) {
    this.host = host;
    this.initiator = initiator;
    this.peerSpi = peerSpi;
    this.local = local;
    this.remote = remote;
    this.connection = connection;
    ourSpi = host.ikeSpi();
    requests = new Requests(this);
    replies = new Replies(this, host.settings().window());
    envelope = new Envelope(this);
    followUps = new FollowUps(this);
    inbox = new Inbox(this);
    life = new IkeLife(this);
  }

  long ourSpi() {
    return ourSpi;
  }

  long peerSpi() {
    return peerSpi;
  }

  void peerSpi(long spi) {
    peerSpi = spi;
  }

  long initiatorSpi() {
    return initiator ? ourSpi : peerSpi;
  }

  long responderSpi() {
    return initiator ? peerSpi : ourSpi;
  }

  Endpoint local() {
    return local;
  }

  Endpoint remote() {
    return remote;
  }

  /** Messages go this way from now on. */
  void between(Endpoint here, Endpoint there) {
    local = here;
    remote = there;
  }

  /** The connection that it is for. */
  Connection connection() {
    if (connection == null) {
      throw new IllegalStateException("no connection has been chosen yet");
    }
    return connection;
  }

  boolean hasConnection() {
    return connection != null;
  }

  void connection(Connection chosen) {
    connection = chosen;
  }

  State state() {
    return state;
  }

  void state(State next) {
    state = next;
  }

  boolean established() {
    return state != State.CONNECTING && state != State.GONE;
  }

  boolean gone() {
    return state == State.GONE;
  }

  Requests requests() {
    return requests;
  }

  Replies replies() {
    return replies;
  }

  Envelope envelope() {
    return envelope;
  }

  /** What answers IKE_AUTH, over all its rounds. */
  Answer authentication() {
    if (authentication == null) {
      authentication = new AuthResponder(this);
    }
    return authentication;
  }

  Succession succession() {
    return succession;
  }

  FollowUps followUps() {
    return followUps;
  }

  Inbox inbox() {
    return inbox;
  }

  IkeLife life() {
    return life;
  }

  PeerFeatures peer() {
    return peer;
  }

  /** What the initial exchanges share. */
  Handshake handshake() {
    if (handshake == null) {
      throw new IllegalStateException("the initial exchanges are over");
    }
    return handshake;
  }

  IkeSuite suite() {
    if (suite == null) {
      throw new IllegalStateException("no algorithms have been agreed on yet");
    }
    return suite;
  }

  IkeKeys keys() {
    if (keys == null) {
      throw new IllegalStateException("no keys have been agreed on yet");
    }
    return keys;
  }

  boolean hasKeys() {
    return keys != null;
  }

  /** Messages are protected with these from now on. */
  private void keys(Turn turn, IkeSuite chosen, IkeKeys derived) {
    IkeKeys before = keys;
    suite = chosen;
    keys = derived;
    envelope.keys(chosen, derived);
    if (host.settings().keysInEvents()) {
      turn.emit(new IkeEvent.Keys(initiatorSpi(), responderSpi(), chosen, derived));
    } else if (before != null) {
      before.destroy();
    }
  }

  /**
   * The keys of this IKE SA (RFC 7296 section 2.14).
   *
   * @param seed SKEYSEED, which is destroyed
   */
  void derive(Turn turn, IkeSuite chosen, Secret seed, Octets ni, Octets nr) {
    Octets spiI = Octets.number(initiatorSpi(), 8);
    Octets spiR = Octets.number(responderSpi(), 8);
    keys(turn, chosen, new KeySchedule(chosen.prf()).keys(chosen, seed, ni, nr, spiI, spiR));
    seed.destroy();
  }

  /** The keys after an additional key exchange (RFC 9370 section 2.2.2). */
  void additional(Turn turn, Secret secret) {
    Handshake shared = handshake();
    Secret seed =
        new KeySchedule(suite().prf())
            .skeyseedOfAdditional(keys().d(), shared.ni, shared.nr, secret);
    derive(turn, suite(), seed, shared.ni, shared.nr);
    secret.destroy();
  }

  /** Only what authenticates and derives has changed, as by a post-quantum preshared key. */
  void mixed(IkeKeys mixed) {
    keys = mixed;
  }

  Identity localId() {
    return localId == null ? connection().localAuth().identity() : localId;
  }

  void localId(Identity id) {
    localId = id;
  }

  Identity remoteId() {
    return remoteId == null ? connection().remoteAuth().identity() : remoteId;
  }

  void remoteId(Identity id) {
    remoteId = id;
  }

  /** Inner addresses of this end: those it was given, or its outer one. */
  List<IpAddress> localHosts() {
    return localInner.isEmpty() ? List.of(local.address()) : localInner;
  }

  /** Inner addresses of the peer: those it was given, or its outer one. */
  List<IpAddress> remoteHosts() {
    return remoteInner.isEmpty() ? List.of(remote.address()) : remoteInner;
  }

  List<IpAddress> localInner() {
    return localInner;
  }

  List<IpAddress> remoteInner() {
    return remoteInner;
  }

  boolean natHere() {
    return natHere;
  }

  boolean natThere() {
    return natThere;
  }

  void nat(boolean here, boolean there) {
    natHere = here;
    natThere = there;
  }

  /** Whether ESP goes in UDP. */
  boolean encapsulates() {
    return natHere || natThere;
  }

  /** When its first message came or was made. */
  long createdAt() {
    return createdAt;
  }

  void createdAt(long now) {
    createdAt = now;
  }

  /** When the peers knew each other. */
  long establishedAt() {
    return establishedAt;
  }

  long lastHeard() {
    return lastHeard;
  }

  /** Something came that only the peer can have sent. */
  void heard(Turn turn) {
    lastHeard = turn.now();
  }

  List<ChildSa> children() {
    return children;
  }

  /** The child of a peer's inbound SPI, or null. */
  @Nullable ChildSa childByOutbound(int spi) {
    for (ChildSa child : children) {
      if (child.outboundSpi() == spi && child.state() != ChildSa.State.GONE) {
        return child;
      }
    }
    return null;
  }

  /** The child of an inbound SPI of ours, or null. */
  @Nullable ChildSa childByInbound(int spi) {
    for (ChildSa child : children) {
      if (child.inboundSpi() == spi && child.state() != ChildSa.State.GONE) {
        return child;
      }
    }
    return null;
  }

  /** A child that is there to be used, of a configuration and label, or null. */
  @Nullable ChildSa childOf(Child config, @Nullable String label) {
    for (ChildSa child : children) {
      ChildParameters parameters = child.parameters();
      if (child.alive()
          && child.config().equals(config)
          && (label == null || label.equals(parameters.label()))) {
        return child;
      }
    }
    return null;
  }

  List<Octets> seal(Message message) {
    return envelope.seal(message);
  }

  /** Sends a whole IKE message, in front of which the zero marker is put where it belongs. */
  void transmit(Turn turn, Octets message) {
    send(turn, local, remote, message);
  }

  /** Sends a response back the way that its request came (RFC 7296 section 2.11). */
  void reply(Turn turn, Octets message) {
    send(turn, inbox.local(), inbox.remote(), message);
  }

  private static void send(Turn turn, Endpoint from, Endpoint to, Octets message) {
    boolean marked = from.port() != Endpoint.IKE;
    turn.emit(new IkeEvent.Send(from, to, marked ? Octets.number(0, 4).and(message) : message));
  }

  void log(Turn turn, String line) {
    turn.log(name(), line);
  }

  void log(Turn turn, String what, Message message) {
    turn.log(name(), what, message);
  }

  private String name() {
    return connection == null ? remote.toString() : connection.name();
  }

  /** Does something once the peer is known, or the IKE SA gone. */
  void whenKnown(Runnable duty) {
    whenKnown = duty;
  }

  private void known() {
    if (whenKnown != null) {
      whenKnown.run();
      whenKnown = null;
    }
  }

  /** The initial exchanges are over. */
  void establish(Turn turn, boolean rekeyed) {
    known();
    state = State.ESTABLISHED;
    handshake = null;
    authentication = null;
    lastHeard = turn.now();
    establishedAt = turn.now();
    turn.emit(new IkeEvent.IkeUp(name(), initiatorSpi(), responderSpi(), rekeyed));
    life.begin(turn);
  }

  /** The response at hand is the last one. */
  void endsWithResponse(String why) {
    lastWord = why;
  }

  /** Why the response at hand is the last one, or null. */
  @Nullable String lastWord() {
    return lastWord;
  }

  /** The initial exchanges have failed. */
  void fail(Turn turn, RefusedException refusal) {
    close(turn, refusal.why());
  }

  /** The peer does not answer any more. */
  void dead(Turn turn, String why) {
    life.dead(turn, why);
  }

  /** Ends it and its children at once, without a word to the peer. */
  void close(Turn turn, String why) {
    if (state == State.GONE) {
      return;
    }
    boolean was = established();
    known();
    state = State.GONE;
    life.end();
    host.table().remove(this);
    requests.abandon(turn, why);
    for (ChildSa child : List.copyOf(children)) {
      if (child.successor() == null) {
        child.remove(turn, why);
      } else {
        // what is on its way for it still arrives
        child.retire(turn, why);
      }
    }
    children.clear();
    remoteInner.forEach(host.pools()::giveBack);
    localInner.forEach(
        address -> turn.emit(new IkeEvent.VirtualIp(connection().name(), address, false)));
    log(turn, (was ? "IKE SA ended: " : "IKE SA failed: ") + why);
    if (was) {
      turn.emit(new IkeEvent.IkeDown(name(), initiatorSpi(), responderSpi(), why));
    }
    envelope.destroy();
    if (keys != null && !host.settings().keysInEvents()) {
      keys.destroy();
    }
  }

  @Override
  public String toString() {
    return name() + "[%016x_i %016x_r]".formatted(initiatorSpi(), responderSpi());
  }
}
