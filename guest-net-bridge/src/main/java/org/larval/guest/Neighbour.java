package org.larval.guest;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.EthernetView;
import org.larval.wire.IpAddress;

/**
 * One neighbour's link-layer address and what waits for it (net/core/neighbour.c): three probes a
 * second apart, then every waiting packet fails; a queue limited in truesize that drops its oldest
 * packet; after 30 s without confirmation the next use starts a check.
 */
final class Neighbour {
  static final int PROBES = 3;
  static final long RETRANSMIT = 1_000_000_000L;
  static final long REACHABLE_TIME = 30_000_000_000L;
  static final long DELAY_FIRST_PROBE = 5_000_000_000L;

  enum State {
    /** Nobody asked yet, or nobody answered. */
    NONE,
    /** Asked by broadcast or multicast; packets wait. */
    INCOMPLETE,
    /** Confirmed lately. */
    REACHABLE,
    /** Known, but not confirmed. */
    STALE,
    /** Used while stale: waits a moment for a confirmation. */
    DELAY,
    /** Asked by unicast; the old address is still used. */
    PROBE
  }

  private final GuestStack stack;
  final NetDevice device;
  final IpAddress address;
  private final ArrayDeque<Packet> queue = new ArrayDeque<>(2);
  private final Alarm timer;
  private State state = State.NONE;
  private long mac;
  private long confirmedAt;
  private int probes;
  private int queuedBytes;
  private boolean forgotten;

  Neighbour(GuestStack stack, NetDevice device, IpAddress address) {
    this.stack = stack;
    this.device = device;
    this.address = address;
    timer = stack.alarms.make(this::onTimer);
  }

  State state() {
    return state;
  }

  long mac() {
    return mac;
  }

  boolean forgotten() {
    return forgotten;
  }

  /** Whether the table may drop this entry to make room. */
  boolean idle() {
    return state == State.NONE || state == State.REACHABLE || state == State.STALE;
  }

  void forget() {
    forgotten = true;
    timer.cancel();
  }

  /** Sends an IP packet, reader index at its header, now or when the address is known. */
  Errno output(long now, Packet packet, Effects out) {
    switch (state) {
      case REACHABLE -> {
        if (now - confirmedAt > REACHABLE_TIME) {
          delay(now);
        }
      }
      case STALE -> delay(now);
      case DELAY, PROBE -> {}
      case NONE, INCOMPLETE -> {
        enqueue(now, packet, out);
        solicit(now, out);
        return Errno.OK;
      }
    }
    transmit(now, packet, out);
    return Errno.OK;
  }

  /** Begins to resolve the address, unless that is under way or done. */
  void solicit(long now, Effects out) {
    if (state == State.NONE) {
      state = State.INCOMPLETE;
      probes = 0;
      probe(now, out);
    }
  }

  private void delay(long now) {
    state = State.DELAY;
    timer.set(stack.jiffies.fires(now, DELAY_FIRST_PROBE));
  }

  private void transmit(long now, Packet packet, Effects out) {
    int type = address.v6() ? EthernetView.TYPE_IPV6 : EthernetView.TYPE_IPV4;
    device.transmit(now, mac, type, packet, out);
  }

  private void enqueue(long now, Packet packet, Effects out) {
    int size = Truesize.of(packet);
    while (!queue.isEmpty() && queuedBytes + size > stack.limits.neighbourQueueBytes()) {
      Packet oldest = queue.removeFirst();
      queuedBytes -= Truesize.of(oldest);
      out.drop(oldest, DropReason.NEIGHBOUR_QUEUE_FULL);
    }
    packet.step(now, stack.name(), StepAction.NEIGHBOUR_WAIT, address);
    queue.addLast(packet);
    queuedBytes += size;
  }

  private void probe(long now, Effects out) {
    probes++;
    timer.set(stack.jiffies.fires(now, RETRANSMIT));
    long to = state == State.PROBE ? mac : -1;
    if (address.v6()) {
      stack.neighbourDiscovery.solicit(now, device, address, to, sourceHint(), out);
    } else {
      stack.arp.request(now, device, address, to, sourceHint(), out);
    }
  }

  /** The source of the first waiting packet, if it is one of ours (arp_solicit, ndisc_solicit). */
  private IpAddress sourceHint() {
    Packet first = queue.peekFirst();
    if (first != null) {
      ByteBuf data = first.buffer();
      int at = data.readerIndex() + (address.v6() ? 8 : 12);
      IpAddress source = IpAddress.read(data, at, address.v6());
      if (stack.routes.isOwn(source)) {
        return source;
      }
    }
    IpAddress source = device.sourceFor(address);
    return source == null ? IpAddress.any(address.v6()) : source;
  }

  private void onTimer(long now, Effects out) {
    if (state == State.DELAY) {
      state = State.PROBE;
      probes = 0;
    }
    if (probes < PROBES) {
      probe(now, out);
      return;
    }
    state = State.NONE;
    queuedBytes = 0;
    // a report may lead to new packets for this neighbour, which must not fail with the old ones
    ArrayDeque<Packet> failed = queue.clone();
    queue.clear();
    while (!failed.isEmpty()) {
      Packet packet = failed.removeFirst();
      stack.icmpErrors.report(now, IcmpError.HOST_UNREACHABLE, packet, out);
      out.drop(packet, DropReason.NEIGHBOUR_FAILED);
    }
  }

  /**
   * Learns the address.
   *
   * @param solicited whether it answers a question of ours: then it is known to be reachable
   * @param override whether another address than the known one is believed
   */
  void learn(long now, long newMac, boolean solicited, boolean override, Effects out) {
    boolean known = state != State.NONE && state != State.INCOMPLETE;
    boolean same = known && newMac == mac;
    if (known && !same && !override) {
      if (state == State.REACHABLE) {
        state = State.STALE;
      }
      return;
    }
    mac = newMac;
    if (solicited) {
      state = State.REACHABLE;
      confirmedAt = now;
      timer.cancel();
    } else if (!same) {
      state = State.STALE;
      timer.cancel();
    }
    while (!queue.isEmpty()) {
      Packet packet = queue.removeFirst();
      queuedBytes -= Truesize.of(packet);
      output(now, packet, out);
    }
  }

  void close(Effects out) {
    timer.cancel();
    while (!queue.isEmpty()) {
      out.drop(queue.removeFirst(), DropReason.LAB_ENDED);
    }
    queuedBytes = 0;
  }
}
