package org.larval.lab.run;

import org.jspecify.annotations.Nullable;
import org.larval.guest.Caller;
import org.larval.guest.Dst;
import org.larval.guest.SecurityPath;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv6View;
import org.larval.xfrm.Bundle;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Hold;
import org.larval.xfrm.Lookup;
import org.larval.xfrm.Policy;
import org.larval.xfrm.State;
import org.larval.xfrm.Who;
import org.larval.xfrm.XfrmEngine;

/**
 * A guest's xfrm engine, plugged into its stack. The look-up's answer becomes a {@link Dst}: clear,
 * transformed, held, discarded, refused or asleep.
 */
final class GuestXfrm implements SecurityPath {
  private final GuestNode guest;
  private final XfrmEngine engine;

  /** The policy for whose label a flow was refused last, and that flow's label. */
  private @Nullable Policy passedOver;

  private int refusedSid;

  private @Nullable Lookup lastLookup;
  private @Nullable Dst lastRoute;
  private @Nullable Dst lastDst;

  GuestXfrm(GuestNode guest, XfrmEngine engine) {
    this.guest = guest;
    this.engine = engine;
  }

  @Override
  public Dst resolve(long now, FlowKey flow, Dst route, Caller caller, Effects out) {
    int bound = flow.oif;
    flow.oif = route.device(); // a selector's dev is compared with the route's, as in Linux
    Lookup lookup =
        engine.lookup(now, flow, 0, null, isLoopback(route), who(caller), guest.xfrmEffects());
    flow.oif = bound;
    if (lookup instanceof Lookup.Refuse refuse && refuse.reason() == DropReason.LABEL_DENIED) {
      passedOver = refuse.policy();
      refusedSid = flow.label;
      guest.stack().securityModule().forgetDenial();
    }
    return way(lookup, route);
  }

  /** Why this guest's last call that labels stopped was answered EACCES; null if none was. */
  @Nullable String denial() {
    String call = guest.stack().securityModule().denial();
    Policy policy = passedOver;
    return call != null || policy == null ? call : engine.whyPassedOver(refusedSid, policy);
  }

  @Override
  public Dst resolveForwarded(long now, FlowKey flow, Packet packet, Dst route, Effects out) {
    flow.oif = route.device();
    return way(
        engine.lookup(now, flow, packet, 0, isLoopback(route), Who.FORWARD, guest.xfrmEffects()),
        route);
  }

  @Override
  public Dst resolveError(long now, FlowKey flow, FlowKey answer, Dst route, Effects out) {
    flow.oif = route.device();
    answer.oif = route.device();
    return way(
        engine.lookupError(now, flow, answer, isLoopback(route), guest.xfrmEffects()), route);
  }

  /** The way back into this guest has no device. */
  private static boolean isLoopback(Dst route) {
    return route.device() == 0;
  }

  @SuppressWarnings("ReferenceEquality") // the same objects, not equal ones
  private Dst way(Lookup lookup, Dst route) {
    guest.rearm();
    Dst known = lastDst;
    if (known != null && lookup == lastLookup && route == lastRoute) {
      return known;
    }
    Dst dst =
        switch (lookup) {
          case Bundle bundle -> new Protected(bundle, route);
          case Hold hold -> new Holding(hold, route);
          case Lookup.Bypass bypass -> new Clear(bypass, route, bypass.leak(), true);
          case Lookup.PassInClear pass -> new Clear(pass, route, true, false);
          case Lookup.Blackhole hole -> new Discarding(hole, route);
          case Lookup.Refuse refuse -> new Refused(refuse, route, refuse.errno(), refuse.reason());
          case Lookup.Sleep sleep ->
              new Refused(sleep, route, Errno.ASLEEP, DropReason.XFRM_OUT_NO_STATES);
        };
    lastLookup = lookup;
    lastRoute = route;
    lastDst = dst;
    return dst;
  }

  private static Who who(Caller caller) {
    return switch (caller) {
      case SOCKET -> Who.LOCAL_BLOCKING;
      case SOCKET_NONBLOCKING -> Who.LOCAL_NONBLOCKING;
      case SOCKET_SOFTIRQ -> Who.LOCAL_SOFTIRQ;
      case FORWARD -> Who.FORWARD;
      case STACK -> Who.STACK_NO_QUEUE;
    };
  }

  @Override
  public void input(long now, Packet packet, int protocol, Effects out) {
    if (protocol == IpProtocol.UDP) {
      engine.inputEncapsulated(now, packet, guest.openedEffects());
    } else {
      engine.input(now, packet, guest.openedEffects());
    }
    guest.rearm();
  }

  @Override
  public boolean sent(FlowKey quoted, int spi) {
    return engine.sad().find(new State.Id(quoted.target(), spi, quoted.protocol), quoted.mark)
        != null;
  }

  @Override
  public boolean opensPlainTunnel(Packet packet) {
    return engine.opensPlainTunnel(packet);
  }

  @Override
  public boolean admits(long now, Packet packet, Check check, Effects out) {
    Direction direction = check == Check.FORWARD ? Direction.FWD : Direction.IN;
    return engine.admits(now, packet, direction, out);
  }

  private void note(long now, Packet packet, Dst route, Lookup lookup) {
    engine.noteAlternatives(now, packet, route.device(), lookup);
    lookup.note(now, guest.name(), packet);
  }

  /** In clear, by policy or for want of one. */
  private final class Clear implements Dst {
    private final Lookup lookup;
    private final Dst route;
    private final boolean leak;
    private final boolean keeps;
    private final long generation = engine.routeGeneration();

    Clear(Lookup lookup, Dst route, boolean leak, boolean keeps) {
      this.lookup = lookup;
      this.route = route;
      this.leak = leak;
      this.keeps = keeps;
    }

    @Override
    public Errno error() {
      return Errno.OK;
    }

    @Override
    public boolean valid() {
      return keeps && generation == engine.routeGeneration() && route.valid();
    }

    @Override
    public int mtu() {
      return route.mtu();
    }

    @Override
    public Errno output(long now, Packet packet, Effects out) {
      note(now, packet, route, lookup);
      if (leak) {
        packet.leaked = true;
        guest.captureClear(now, packet, true);
        return guest.leak(packet, leaking -> route.output(now, leaking, out));
      }
      guest.captureClear(now, packet, true);
      return route.output(now, packet, out);
    }
  }

  /** Through the SAs of a bundle. */
  private final class Protected implements Dst {
    private final Bundle bundle;
    private final Dst route;
    private Dst outer;

    Protected(Bundle bundle, Dst route) {
      this.bundle = bundle;
      this.route = route;
      outer = towardsEnd(bundle, route);
    }

    @Override
    public Errno error() {
      return Errno.OK;
    }

    @Override
    public boolean valid() {
      return bundle.valid() && route.valid();
    }

    @Override
    public int mtu() {
      if (!outer.valid()) {
        outer = towardsEnd(bundle, route);
      }
      return bundle.mtu(outer.mtu());
    }

    @Override
    public Errno output(long now, Packet packet, Effects out) {
      engine.noteAlternatives(now, packet, route.device(), bundle);
      int mtu = mtu();
      if (packet.length() > mtu && cutsBefore(packet)) {
        return guest
            .stack()
            .fragment(
                now,
                packet,
                Math.max(mtu, Ipv6View.MIN_MTU),
                (when, fragment, effects) ->
                    guest.protect(when, fragment, bundle, mtu, outer.mtu()),
                out);
      }
      return guest.protect(now, packet, bundle, mtu, outer.mtu());
    }

    /** IPv6 in a tunnel is cut before it is encrypted (__xfrm6_output), all else afterwards. */
    private boolean cutsBefore(Packet packet) {
      return bundle.tunnels()
          && packet.buffer().getUnsignedByte(packet.buffer().readerIndex()) >>> 4 == 6;
    }
  }

  /** The route that the outermost packet will take: to a tunnel's end, or that of the flow. */
  private Dst towardsEnd(Bundle bundle, Dst route) {
    IpAddress end = bundle.end();
    return end == null ? route : guest.stack().routeTowards(end);
  }

  /** Into the hold queue. */
  private final class Holding implements Dst {
    private final Hold hold;
    private final Dst route;

    Holding(Hold hold, Dst route) {
      this.hold = hold;
      this.route = route;
    }

    @Override
    public Errno error() {
      return Errno.OK;
    }

    @Override
    public boolean valid() {
      return hold.valid() && route.valid();
    }

    @Override
    public int mtu() {
      return route.mtu();
    }

    @Override
    public Errno output(long now, Packet packet, Effects out) {
      Errno answer = engine.hold(now, hold, packet, guest.xfrmEffects());
      guest.rearm();
      return answer;
    }
  }

  /** The call succeeds, the packet is gone; good for nothing after it (xfrm's blackhole route). */
  private final class Discarding implements Dst {
    private final Lookup lookup;
    private final Dst route;

    Discarding(Lookup lookup, Dst route) {
      this.lookup = lookup;
      this.route = route;
    }

    @Override
    public Errno error() {
      return Errno.OK;
    }

    @Override
    public boolean valid() {
      return false;
    }

    @Override
    public int mtu() {
      return route.mtu();
    }

    @Override
    public Errno output(long now, Packet packet, Effects out) {
      note(now, packet, route, lookup);
      out.drop(packet, DropReason.XFRM_OUT_NO_STATES);
      return Errno.OK;
    }
  }

  /** The call fails, or its task sleeps. */
  private final class Refused implements Dst {
    private final Lookup lookup;
    private final Dst route;
    private final Errno errno;
    private final DropReason reason;

    Refused(Lookup lookup, Dst route, Errno errno, DropReason reason) {
      this.lookup = lookup;
      this.route = route;
      this.errno = errno;
      this.reason = reason;
    }

    @Override
    public Errno error() {
      return errno;
    }

    @Override
    public boolean valid() {
      return false;
    }

    @Override
    public int mtu() {
      return 0;
    }

    @Override
    public Errno output(long now, Packet packet, Effects out) {
      note(now, packet, route, lookup);
      out.drop(packet, reason);
      return errno;
    }
  }
}
