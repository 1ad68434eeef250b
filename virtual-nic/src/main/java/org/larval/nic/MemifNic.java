package org.larval.nic;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.StepAction;

/**
 * The lab's face of a NIC whose rings are in the memory of a memif client, one in each direction,
 * while the client is connected. Without it frames for the guest are dropped (NIC_DOWN).
 */
public final class MemifNic implements LabFace {
  /** A reader stays awake no longer than this, in nanoseconds. */
  private static final long LONGEST_SPIN = 50_000;

  private final NicSettings settings;
  private final PacketPool pool;
  private final Doorbell lab;
  private final AdaptiveSpin spin;
  private final NicCounters counters = new NicCounters();
  private final Chain chain = new Chain();
  private @Nullable Link link;
  private @Nullable RingFault fault;
  private boolean corked;

  /**
   * What a client brought.
   *
   * @param sent the ring from it
   * @param received the ring to it
   * @param bell tells it of frames
   * @param broken is told, once, when a ring broke a rule
   */
  record Link(NicState state, MemifRing sent, MemifRing received, Doorbell bell, Runnable broken) {}

  /**
   * A NIC that waits for its client.
   *
   * @param settings sizes of rings and buffers are the client's to choose, not these
   * @param spins whether to look at the ring again for a while before sleeping on the doorbell
   */
  public MemifNic(NicSettings settings, PacketPool pool, Doorbell lab, boolean spins) {
    this.settings = settings;
    this.pool = pool;
    this.lab = lab;
    spin = new AdaptiveSpin(spins ? LONGEST_SPIN : 0);
  }

  /** The place that this NIC writes into trails. */
  public String name() {
    return settings.name();
  }

  /** Whether a client's rings are there. */
  public boolean running() {
    return link != null;
  }

  /** Begins to use a client's rings. */
  void start(
      MemoryRegions memory, MemifRing sent, MemifRing received, Doorbell bell, Runnable broken)
      throws MemifFault.Refused {
    SharedFrames frames = new SharedFrames(memory, pool);
    NicState state = new NicState(settings.name(), settings.mac(), frames, frames);
    try {
      boolean rings = sent.begin() && received.begin();
      state.settle();
      if (!rings) {
        throw new MemifFault.Refused(MemifFault.RING_COOKIE);
      }
    } catch (InternalError gone) {
      throw new MemifFault.Refused(MemifFault.REGION_OUTSIDE_FILE);
    }
    fault = null;
    link = new Link(state, sent, received, bell, broken);
    lab.ring();
  }

  /** Stops; frames in hand are dropped, in the rings there are none of ours. */
  void stop(Effects out) {
    Link old = link;
    if (old != null) {
      publish(old, out);
      old.state.end(out, DropReason.NIC_DOWN);
      link = null;
    }
  }

  @Override
  public int drain(long now, Effects out, int budget) {
    Link at = link;
    if (at == null || at.state.fault != null) {
      return 0;
    }
    try {
      int done = take(at, now, out, budget);
      if (done > 0) {
        spin.found(now);
      }
      boolean again = done >= budget || spin.looksAgain(now) || at.sent.arm();
      at.state.settle();
      if (!stopIfBroken(at, at.sent, out) && again) {
        lab.ring();
      }
      return done;
    } catch (InternalError | IllegalStateException problem) {
      stopIfGone(at, problem, out);
    }
    return 0;
  }

  private int take(Link at, long now, Effects out, int budget) {
    at.sent.suppress();
    int done = 0;
    while (done < budget && at.state.fault == null && at.sent.peekFrame(chain)) {
      done++;
      Packet packet = pool.make(now, chain.total());
      at.state.taking.add(packet);
      at.sent.take(chain, packet.buffer());
      at.state.settle();
      at.state.taking.takeLast();
      passOn(packet, now, out);
    }
    if (at.sent.unpublished()) {
      boolean ignored = at.sent.publish(); // who sends finds free slots without an interrupt
    }
    return done;
  }

  private void passOn(Packet packet, long now, Effects out) {
    int length = packet.length();
    if (length < NicState.MIN_FRAME) {
      counters.badSize++;
      out.drop(packet, DropReason.NIC_FRAME_SIZE);
      return;
    }
    counters.framesIn++;
    counters.bytesIn += length;
    packet.inPort = settings.port();
    packet.step(now, settings.name(), StepAction.NIC_OUT, settings.mac(), length);
    out.send(settings.port(), packet);
  }

  @Override
  public boolean deliver(long now, Packet packet, Effects out) {
    Link at = link;
    if (at == null || at.state.fault != null) {
      counters.brokenDrops += at == null ? 0 : 1;
      out.drop(packet, at == null ? DropReason.NIC_DOWN : DropReason.NIC_BROKEN);
      return false;
    }
    at.state.putting.add(packet);
    try {
      return put(at, now, packet, out);
    } catch (InternalError | IllegalStateException problem) {
      stopIfGone(at, problem, out);
    }
    return false;
  }

  private boolean put(Link at, long now, Packet packet, Effects out) {
    int length = packet.length();
    if (length < NicState.MIN_FRAME) {
      return refuse(at, packet, DropReason.NIC_FRAME_SIZE, out);
    }
    if (!at.received.peekRoom(chain, length)) {
      DropReason reason =
          at.received.most(chain) ? DropReason.NIC_FRAME_SIZE : DropReason.NIC_RING_FULL;
      return !stopIfBroken(at, at.received, out) && refuse(at, packet, reason, out);
    }
    at.received.put(chain, packet.buffer());
    at.state.settle();
    at.state.putting.takeLast();
    counters.framesOut++;
    counters.bytesOut += length;
    packet.step(now, settings.name(), StepAction.NIC_IN, settings.mac(), length);
    out.deliver(packet); // it left the lab for the guest outside
    if (!corked) {
      publish(at, out);
    }
    return true;
  }

  /** Drops the packet that came last into the hand. */
  private boolean refuse(Link at, Packet packet, DropReason reason, Effects out) {
    at.state.settle();
    at.state.putting.takeLast();
    if (reason == DropReason.NIC_RING_FULL) {
      counters.ringFull++;
    } else {
      counters.badSize++;
    }
    out.drop(packet, reason);
    return false;
  }

  /** Shows the client the frames that were put into its buffers. */
  private void publish(Link at, Effects out) {
    if (at.state.fault != null || !at.received.unpublished()) {
      return;
    }
    try {
      boolean wanted = at.received.publish();
      at.state.settle();
      if (wanted) {
        counters.rings++;
        at.bell.ring();
      } else {
        counters.ringsSuppressed++;
      }
    } catch (InternalError | IllegalStateException problem) {
      stopIfGone(at, problem, out);
    }
  }

  @Override
  public void cork() {
    corked = true;
  }

  @Override
  public void flush(Effects out) {
    corked = false;
    Link at = link;
    if (at != null) {
      publish(at, out);
    }
  }

  private boolean stopIfBroken(Link at, MemifRing ring, Effects out) {
    RingFault found = ring.fault();
    if (found != null) {
      at.state.settle(); // nonsense in the ring may come of memory that is gone
      stop(at, found, out);
    }
    return found != null;
  }

  /** Memory that was cut short shows as InternalError, memory that was unmapped as the other. */
  private void stopIfGone(Link at, Throwable problem, Effects out) {
    if (problem instanceof IllegalStateException bug && at.sent.alive() && at.received.alive()) {
      throw bug;
    }
    stop(at, RingFault.MEMORY_GONE, out);
  }

  private void stop(Link at, RingFault reason, Effects out) {
    boolean first = at.state.fault == null;
    at.state.stop(reason, counters, out);
    fault = at.state.fault;
    if (first) {
      at.broken.run();
    }
  }

  @Override
  public @Nullable RingFault fault() {
    return fault;
  }

  @Override
  public List<QueueState> queues() {
    Link at = link;
    if (at == null) {
      return List.of();
    }
    int offered = 0;
    int sending = 0;
    if (at.state.fault == null) {
      try {
        offered = at.received.waiting();
        sending = at.sent.waiting();
        at.state.settle();
      } catch (InternalError | IllegalStateException gone) {
        offered = 0; // the next frame finds out and says so
      }
    }
    return List.of(
        new QueueState(0, true, at.received.size(), offered, counters.framesOut, counters.bytesOut),
        new QueueState(0, false, at.sent.size(), sending, counters.framesIn, counters.bytesIn));
  }

  @Override
  public NicCounters counters() {
    return counters;
  }
}
