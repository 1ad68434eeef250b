package org.larval.lab.ike;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.IkeAcquire;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Encap;
import org.larval.xfrm.Migration;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.Policy;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.crypto.CryptoChoice;
import org.larval.xfrm.transform.StateMaker;

/**
 * What IKE has agreed on, as SAs and policies of the daemon's own xfrm engine. As strongSwan does
 * in mode simple, a label chooses among SAs when they are negotiated and stands neither on policies
 * nor on states: packets of a TUN device have none.
 */
final class Tunnels {
  private static final long SECOND = 1_000_000_000L;
  private static final int FIRST_REQID = 0x1000_0000;
  private static final int FIRST_TRAP = 0x2000_0000;

  /** Hears what cannot be done. */
  @FunctionalInterface
  interface Complaints {
    void say(String connection, String line);
  }

  private final XfrmEngine engine;
  private final AgreedStates states;
  private final PolicyShelf shelf;
  private final DataPath path;
  private final Complaints complaints;
  private final Map<Long, ChildParameters> pairs = new LinkedHashMap<>();
  private final Map<List<Object>, Integer> reqids = new LinkedHashMap<>();
  private final Map<String, Long> traps = new LinkedHashMap<>();
  private Wires wires = Wires.NONE;
  private int lastReqid = FIRST_REQID;

  Tunnels(
      SaMissPolicy rules,
      PacketPool pool,
      RandomGenerator random,
      DataPath.Exits exits,
      Complaints complaints) {
    engine = new XfrmEngine("host", rules, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    states = new AgreedStates(new StateMaker(CryptoChoice.AUTO.open(), random));
    shelf = new PolicyShelf(engine.spd());
    path = new DataPath(engine, pool, exits);
    this.complaints = complaints;
  }

  /** The packets that go through them. */
  DataPath path() {
    return path;
  }

  /** Which protocols can go without UDP. */
  void over(Wires raw) {
    wires = raw;
  }

  /** Installs one half of a pair, with the policies of its direction. */
  void install(long now, ChildParameters child, boolean inbound) {
    String obstacle = obstacle(child);
    if (obstacle != null) {
      complaints.say(
          child.connection(), "child " + child.child() + " carries nothing: " + obstacle);
      return;
    }
    int reqid = reqid(child);
    pairs.put(child.id(), child);
    try {
      ChildParameters own = child.withReqid(reqid);
      State state = inbound ? states.inbound(own, null) : states.outbound(own, null);
      Errno errno = engine.sad().install(now, state, path.released(now));
      if (errno != Errno.OK) {
        complaints.say(
            child.connection(), "an SA of child " + child.child() + " is refused: " + errno);
        return;
      }
      policies(now, child, inbound, reqid);
      if (inbound) {
        path.installed(now, child);
      }
    } catch (IllegalArgumentException problem) {
      complaints.say(child.connection(), "child " + child.child() + ": " + problem.getMessage());
    }
  }

  /** Why packets of a child cannot pass here, or null. */
  private @Nullable String obstacle(ChildParameters child) {
    boolean ah = child.protocol() == IpProtocol.AH;
    if (child.encapsulated()) {
      return ah ? "AH cannot go inside UDP, and so not through a NAT" : null;
    }
    return wires.carries(child.protocol(), child.local().address().v6())
        ? null
        : "there is no raw socket for " + (ah ? "AH" : "ESP") + " between these addresses";
  }

  private static List<Object> kin(ChildParameters child) {
    return List.of(
        child.connection(),
        child.child(),
        Objects.toString(child.label(), ""),
        child.localSelectors(),
        child.remoteSelectors());
  }

  /** A pair and those that replace it have one reqid, also where IKE has given them two. */
  private int reqid(ChildParameters child) {
    Long trap = traps.get(child.connection() + "/" + child.child());
    if (trap != null) {
      return trapReqid(trap);
    }
    return reqids.computeIfAbsent(kin(child), kin -> ++lastReqid);
  }

  private static int trapReqid(long trap) {
    return (int) (FIRST_TRAP - trap);
  }

  private static Encap encap(ChildParameters child, boolean inbound) {
    int here = child.local().port();
    int there = child.remote().port();
    return new Encap(
        Encap.Type.ESPINUDP,
        inbound ? there : here,
        inbound ? here : there,
        IpAddress.any(child.remote().address().v6()));
  }

  private void policies(long now, ChildParameters child, boolean inbound, int reqid) {
    for (Policy policy : ChildPolicies.of(child, inbound, reqid)) {
      Errno errno = shelf.put(now, owner(child, inbound), policy, path.released(now));
      if (errno != Errno.OK) {
        complaints.say(child.connection(), "a policy of child " + child.child() + " is refused");
      }
    }
  }

  private static long owner(ChildParameters child, boolean inbound) {
    return child.id() * 2 + (inbound ? 1 : 0);
  }

  /** Takes one half of a pair out. */
  void remove(long now, ChildParameters child, boolean inbound) {
    Effects released = path.released(now);
    shelf.drop(now, owner(child, inbound), released);
    Errno errno = engine.sad().delete(now, AgreedStates.id(child, inbound), 0, released);
    if (errno != Errno.OK && errno != Errno.ESRCH) {
      complaints.say(child.connection(), "an SA of child " + child.child() + " stays: " + errno);
    }
    if (inbound) {
      pairs.remove(child.id());
      List<Object> kin = kin(child);
      if (pairs.values().stream().noneMatch(other -> kin(other).equals(kin))) {
        reqids.remove(kin);
      }
    }
  }

  /** A pair is between other addresses; numbers and windows go on. */
  void move(long now, ChildParameters before, ChildParameters after) {
    if (pairs.replace(before.id(), after) == null) {
      return;
    }
    for (boolean inbound : new boolean[] {false, true}) {
      if (engine.sad().find(AgreedStates.id(before, inbound), 0) == null) {
        continue;
      }
      int reqid = reqid(before);
      // the templates as they were, so that the engine finds what is to move
      policies(now, before, inbound, reqid);
      Errno errno = migrate(now, before, after, inbound, reqid);
      if (errno != Errno.OK) {
        complaints.say(
            before.connection(), "an SA of child " + before.child() + " cannot move: " + errno);
      }
      shelf.drop(now, owner(before, inbound), path.released(now));
      policies(now, after, inbound, reqid);
    }
  }

  private Errno migrate(
      long now, ChildParameters before, ChildParameters after, boolean inbound, int reqid) {
    Selector any =
        inbound
            ? SelectorCover.of(before.remoteSelectors(), before.localSelectors()).getFirst()
            : SelectorCover.of(before.localSelectors(), before.remoteSelectors()).getFirst();
    IpAddress here = before.local().address();
    IpAddress there = before.remote().address();
    Migration migration =
        new Migration(
            inbound ? there : here,
            inbound ? here : there,
            inbound ? after.remote().address() : after.local().address(),
            inbound ? after.local().address() : after.remote().address(),
            before.protocol(),
            ChildPolicies.mode(before.tunnel()),
            reqid);
    return engine.migrate(
        now,
        any,
        inbound ? Direction.IN : Direction.OUT,
        List.of(migration),
        after.encapsulated() ? encap(after, inbound) : null,
        0,
        path.released(now));
  }

  /** A policy waits for the traffic of a child; whether it does so from now on. */
  boolean trap(long now, Connection connection, Child child, @Nullable IpAddress from) {
    IpAddress to = connection.peer();
    if (from == null || to == null) {
      complaints.say(
          connection.name(),
          "child "
              + child.name()
              + " cannot wait for traffic: it needs one remote address and a route to it");
      return false;
    }
    String name = connection.name() + "/" + child.name();
    Long owner = traps.get(name);
    boolean fresh = owner == null;
    if (owner == null) {
      owner = -1L - traps.size();
      traps.put(name, owner);
    }
    for (Policy policy : ChildPolicies.trap(child, from, to, trapReqid(owner))) {
      Errno errno = shelf.put(now, owner, policy, path.released(now));
      if (errno != Errno.OK) {
        complaints.say(
            connection.name(), "the trap of child " + child.name() + " is refused: " + errno);
      }
    }
    return fresh;
  }

  void acquireFailed(long now, IkeAcquire acquire) {
    Errno errno = engine.sad().acquireFailed(now, acquire.sequence(), path.released(now));
    assert errno == Errno.OK || errno == Errno.ESRCH : errno;
  }

  /** When the inbound SA of a pair last took a packet, or {@link Long#MIN_VALUE}. */
  long lastInbound(ChildParameters child) {
    State state = half(child, true);
    return state == null || state.lastUsed() < 0 ? Long.MIN_VALUE : state.lastUsed() * SECOND;
  }

  /** Packets and bytes of one half, or null if it is not here. */
  @Nullable State half(ChildParameters child, boolean inbound) {
    return engine.sad().find(AgreedStates.id(child, inbound), 0);
  }

  long deadline() {
    return Math.min(engine.deadline(), path.deadline());
  }

  void onDeadline(long now) {
    path.onDeadline(now);
    engine.onDeadline(now, path.released(now));
  }

  void close(long now) {
    path.close();
    engine.close(now, path.released(now));
  }
}
