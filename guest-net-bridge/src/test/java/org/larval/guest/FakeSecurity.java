package org.larval.guest;

import java.util.ArrayList;
import java.util.List;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;

/** A security path whose answers the test sets; it remembers what it was asked. */
public final class FakeSecurity implements SecurityPath {
  public final List<String> asked = new ArrayList<>();
  public Errno answer = Errno.OK;

  /** Whether answers stay valid although the SA arrived, as Linux's queueing Dst does. */
  public boolean sticky;

  public int overhead;
  public boolean admit = true;

  /** A Dst that only counts. */
  private final class Wrapped implements Dst {
    private final Dst route;
    private final Errno error;

    Wrapped(Dst route, Errno error) {
      this.route = route;
      this.error = error;
    }

    @Override
    public Errno error() {
      return error;
    }

    @Override
    public boolean valid() {
      return sticky;
    }

    @Override
    public int mtu() {
      return route.mtu() - overhead;
    }

    @Override
    public Errno output(long now, Packet packet, Effects out) {
      return route.output(now, packet, out);
    }
  }

  @Override
  public Dst resolve(long now, FlowKey flow, Dst route, Caller caller, Effects out) {
    asked.add(caller + " proto " + flow.protocol + " label " + flow.label);
    boolean maySleep = caller == Caller.SOCKET;
    return new Wrapped(route, answer == Errno.ASLEEP && !maySleep ? Errno.EAGAIN : answer);
  }

  @Override
  public void input(long now, Packet packet, int protocol, Effects out) {
    asked.add("input " + protocol);
    out.deliver(packet);
  }

  @Override
  public boolean admits(long now, Packet packet, Check check, Effects out) {
    asked.add("admits " + check);
    if (!admit) {
      out.drop(packet, DropReason.XFRM_IN_TMPL_MISMATCH);
    }
    return admit;
  }
}
