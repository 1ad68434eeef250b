package org.larval.ike.sa;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeEvent;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Authentication;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;
import org.larval.ike.config.TrafficSpec;
import org.larval.ike.crypto.Proposals;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Header;
import org.larval.ike.message.Message;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Payload;
import org.larval.ike.message.Protocol;
import org.larval.ike.message.UnknownPayload;
import org.larval.wire.Prefix;

/**
 * A peer that has the keys and no manners: a string of octets says which messages it sends, sealed
 * as they must be, to a host that only wants peace. Each step is one octet for what to do, and what
 * that needs:
 *
 * <pre>
 *  0 kind exchange flags id-delta count { type critical length octets... }   an authentic message
 *  1 index position value             a datagram of before with one octet changed
 *  2 index                            a datagram of before once more
 *  3 tenths                           time passes
 *  4 what                             our own side is asked for something
 * </pre>
 */
public final class HostilePeer {
  private static final int MOST_STEPS = 64;

  private final TwoHosts hosts;
  private final List<Octets> sent = new ArrayList<>();
  private final byte[] data;
  private int at;

  private HostilePeer(TwoHosts hosts, byte[] data) {
    this.hosts = hosts;
    this.data = data;
  }

  /**
   * Plays one string of octets.
   *
   * @throws AssertionError if the host does not stay sane
   */
  public static void play(byte[] octets) {
    if (octets.length < 4) {
      return;
    }
    TwoHosts hosts =
        new TwoHosts(
            connection(true), connection(false), Settings.DEFAULT, ring(), HostilePeer::street, 9);
    new HostilePeer(hosts, octets).play();
  }

  private static long street(TwoHosts.End from, long now, long number) {
    return TwoHosts.MS;
  }

  private static Keyring ring() {
    return new Keyring().shared(List.of(), Secret.of("x".getBytes(StandardCharsets.UTF_8)));
  }

  private static Connection connection(boolean ofA) {
    Authentication a = new Authentication(Authentication.Method.PSK, Identity.parse("a"));
    Authentication b = new Authentication(Authentication.Method.PSK, Identity.parse("b"));
    Prefix hereNet = Prefix.parse(ofA ? "10.1.0.0/16" : "10.2.0.0/16");
    Prefix thereNet = Prefix.parse(ofA ? "10.2.0.0/16" : "10.1.0.0/16");
    return Connection.named("gw", ofA ? a : b, ofA ? b : a)
        .between(
            List.of(Prefix.host(ofA ? TwoHosts.A : TwoHosts.B)),
            List.of(Prefix.host(ofA ? TwoHosts.B : TwoHosts.A)))
        .proposals(Proposals.parse(Protocol.IKE, "aes128-sha256-x25519"))
        .children(
            List.of(
                Child.named("net")
                    .local(List.of(TrafficSpec.of(hereNet)))
                    .remote(List.of(TrafficSpec.of(thereNet)))
                    .proposals(Proposals.parse(Protocol.ESP, "aes128gcm16-x25519"))
                    .build()))
        .pool(Prefix.parse("10.9.0.0/24"))
        .build();
  }

  private void play() {
    boolean half = (next() & 1) == 1;
    hosts.a.engine.initiate(0, "gw", half ? null : "net", hosts.a);
    hosts.run((next() & 3) == 3 ? 2 * TwoHosts.MS : TwoHosts.SECOND);
    for (IkeEvent event : hosts.a.events) {
      if (event instanceof IkeEvent.Send send) {
        sent.add(send.datagram());
      }
    }
    for (int step = 0; step < MOST_STEPS && at < data.length; step++) {
      switch (next() % 5) {
        case 0 -> authentic();
        case 1 -> changed();
        case 2 -> again();
        case 3 -> hosts.run(hosts.now + 100L * next() * TwoHosts.MS);
        default -> ask();
      }
      sane();
    }
    hosts.run(hosts.now + 600 * TwoHosts.SECOND);
    sane();
  }

  private int next() {
    return at < data.length ? data[at++] & 0xff : 0;
  }

  private void authentic() {
    IkeSa sa = own();
    int kind = next();
    int exchange = 34 + kind % 11;
    int flags = next();
    int delta = next() % 4 - 1;
    List<Payload> payloads = new ArrayList<>();
    for (int count = next() % 8; count > 0; count--) {
      int type = 33 + next() % 22;
      boolean critical = next() > 250;
      byte[] body = new byte[next()];
      for (int index = 0; index < body.length; index++) {
        body[index] = (byte) next();
      }
      payloads.add(new UnknownPayload(critical, type, Octets.of(body)));
    }
    if (sa == null || !sa.hasKeys() || exchange == 34) {
      return;
    }
    IkeSa target = other(sa);
    boolean response = (flags & 1) == 1;
    int id =
        response
            ? Math.max(0, target == null ? 0 : target.requests().outstanding())
            : target == null ? 0 : target.replies().expected();
    Header header =
        new Header(
            sa.initiatorSpi(),
            sa.responderSpi(),
            Header.IKEV2,
            exchange,
            sa.initiator,
            false,
            response,
            id + delta);
    for (Octets datagram : sa.seal(new Message(header, payloads))) {
      toB(sa, datagram);
    }
  }

  private @Nullable IkeSa own() {
    List<IkeSa> all = hosts.a.engine.sas();
    return all.isEmpty() ? null : all.get(next() % all.size());
  }

  private @Nullable IkeSa other(IkeSa sa) {
    for (IkeSa one : hosts.b.engine.sas()) {
      if (one.ourSpi() == sa.peerSpi()) {
        return one;
      }
    }
    return null;
  }

  private void toB(IkeSa sa, Octets datagram) {
    Octets whole = sa.local().port() == Endpoint.IKE ? datagram : Octets.number(0, 4).and(datagram);
    sent.add(whole);
    hosts.b.engine.onDatagram(hosts.now, sa.remote(), sa.local(), whole, hosts.b);
  }

  private void changed() {
    Octets old = sent.get(next() % sent.size());
    byte[] octets = old.toArray();
    int where = (next() << 8 | next()) % octets.length;
    octets[where] = (byte) next();
    arrive(Octets.of(octets));
  }

  private void again() {
    arrive(sent.get(next() % sent.size()));
  }

  private void arrive(Octets datagram) {
    int port = datagram.size() > 4 && datagram.integer(0) == 0 ? Endpoint.NAT : Endpoint.IKE;
    hosts.b.engine.onDatagram(
        hosts.now,
        new Endpoint(TwoHosts.B, port),
        new Endpoint(TwoHosts.A, port),
        datagram,
        hosts.b);
  }

  private void ask() {
    switch (next() % 7) {
      case 0 -> hosts.b.engine.rekeyChild(hosts.now, "gw", "net", hosts.b);
      case 1 -> hosts.b.engine.rekeyIke(hosts.now, "gw", hosts.b);
      case 2 -> hosts.b.engine.probe(hosts.now, "gw", hosts.b);
      case 3 -> hosts.b.engine.terminateChild(hosts.now, "gw", "net", hosts.b);
      case 4 -> hosts.b.engine.reauthenticate(hosts.now, "gw", hosts.b);
      case 5 -> hosts.b.engine.initiate(hosts.now, "gw", "net", hosts.b);
      default -> hosts.a.engine.rekeyIke(hosts.now, "gw", hosts.a);
    }
  }

  /** Whatever was said: what the host holds is what its kernel holds, and it is not too much. */
  private void sane() {
    int inbound = 0;
    for (IkeSa sa : hosts.b.engine.sas()) {
      for (ChildSa child : sa.children()) {
        if (child.alive() && !hosts.b.inbound.containsKey(child.inboundSpi())) {
          throw new AssertionError("a child without an inbound SA: " + child);
        }
        inbound++;
      }
    }
    if (hosts.b.inbound.size() > inbound + 64 || hosts.b.engine.sas().size() > 256) {
      throw new AssertionError("the host holds ever more");
    }
  }
}
