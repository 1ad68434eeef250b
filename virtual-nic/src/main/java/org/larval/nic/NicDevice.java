package org.larval.nic;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;

/**
 * The lab's face over two rings: the device's end of both. It works over any memory that holds a
 * split virtqueue and frames: a vhost-user control plane brings those of its guest.
 *
 * <p>Frames are passed on in batches, so that the memory is looked at once more for many.
 */
final class NicDevice implements LabFace {
  private final NicState state;
  private final DeviceQueue sent;
  private final DeviceQueue received;
  private final int port;
  private final Doorbell sentBell;
  private final Doorbell receivedBell;
  private final Doorbell self;
  private final boolean mergeable;
  private final NicCounters counters;
  private final Chain sentChain = new Chain();
  private final Chain receivedChain = new Chain();
  private final @Nullable Packet[] taken = new @Nullable Packet[InHand.MOST];
  private final @Nullable Packet[] put = new @Nullable Packet[InHand.MOST];
  private boolean corked;
  private boolean discards;
  private long lastDelivery;

  /**
   * The device's end of two rings.
   *
   * @param sentBell tells the driver that its frames were taken
   * @param receivedBell tells the driver that frames are there
   * @param self asks for a turn of {@link #drain}
   * @param mergeable whether a received frame may take several chains (VIRTIO_NET_F_MRG_RXBUF)
   */
  NicDevice(
      NicState state,
      DeviceQueue sent,
      DeviceQueue received,
      int port,
      Doorbell sentBell,
      Doorbell receivedBell,
      Doorbell self,
      boolean mergeable,
      NicCounters counters) {
    this.state = state;
    this.sent = sent;
    this.received = received;
    this.port = port;
    this.sentBell = sentBell;
    this.receivedBell = receivedBell;
    this.self = self;
    this.mergeable = mergeable;
    this.counters = counters;
    sent.arm();
    received.suppress();
  }

  @Override
  public int drain(long now, Effects out, int budget) {
    int done = poll(now, out, budget);
    while (!sleep(out)) {
      if (done >= budget) {
        self.ring();
        return done;
      }
      done += poll(now, out, budget - done);
    }
    return done;
  }

  /** Takes what is there and keeps the driver silent, without looking twice. */
  int poll(long now, Effects out, int budget) {
    if (state.fault != null) {
      return 0;
    }
    try {
      sent.requireMapped();
      int done = takeSent(now, out, budget);
      state.settle();
      stopIfBroken(sent, out);
      return done;
    } catch (InternalError | IllegalStateException problem) {
      stopIfGone(problem, out);
    }
    return 0;
  }

  /** Asks the driver for a kick. False if frames came before it could know: poll again. */
  boolean sleep(Effects out) {
    if (state.fault != null) {
      return true;
    }
    try {
      sent.requireMapped();
      boolean more = sent.arm();
      if (more) {
        sent.suppress();
      }
      state.settle();
      return stopIfBroken(sent, out) || !more;
    } catch (InternalError | IllegalStateException problem) {
      stopIfGone(problem, out);
    }
    return true;
  }

  private int takeSent(long now, Effects out, int budget) {
    int done = 0;
    sent.suppress();
    while (done < budget && sent.peek(sentChain)) {
      done++;
      if (!take(now, out)) {
        return done;
      }
    }
    passOn(now, out); // also before a broken rule is told
    if (sent.unpublished()) {
      boolean wanted = sent.publish();
      state.settle();
      interrupt(wanted, sentBell);
    }
    return done;
  }

  private boolean take(long now, Effects out) {
    if (sentChain.total() < FrameMemory.HEADER) {
      sent.complete(sentChain, 0);
      state.settle();
      Packet left = state.sent.forget(sentChain.head());
      counters.badSize++;
      if (left != null) {
        out.drop(left, DropReason.NIC_FRAME_SIZE);
      }
      return true;
    }
    Packet packet = state.sent.claim(now, sentChain);
    if (packet == null) {
      passOn(now, out);
      sent.fail(RingFault.BUFFER_EMPTY);
      stopIfBroken(sent, out);
      return false;
    }
    state.taking.add(packet);
    state.sent.load(sentChain, packet);
    sent.complete(sentChain, 0);
    if (state.taking.full()) {
      passOn(now, out);
    }
    return true;
  }

  /** Gives what was taken to the street. */
  private void passOn(long now, Effects out) {
    if (state.taking.count() == 0) {
      return;
    }
    state.settle();
    int count = state.taking.handOver(taken);
    for (int i = 0; i < count; i++) {
      Packet packet = taken[i];
      if (packet != null) {
        taken[i] = null;
        passOn(now, packet, out);
      }
    }
  }

  private void passOn(long now, Packet packet, Effects out) {
    int length = packet.length();
    if (length < NicState.MIN_FRAME) {
      counters.badSize++;
      out.drop(packet, DropReason.NIC_FRAME_SIZE);
      return;
    }
    counters.framesIn++;
    counters.bytesIn += length;
    packet.inPort = port;
    if (discards) {
      out.drop(packet, DropReason.NIC_DOWN);
      return;
    }
    if (!state.sent.keepsPackets()) {
      packet.step(now, state.name, StepAction.NIC_OUT, state.mac, length); // nobody wrote it yet
    }
    out.send(port, packet);
  }

  @Override
  public boolean deliver(long now, Packet packet, Effects out) {
    if (state.fault != null) {
      counters.brokenDrops++;
      out.drop(packet, DropReason.NIC_BROKEN);
      return false;
    }
    state.putting.add(packet);
    try {
      received.requireMapped();
      return enqueue(now, packet, out);
    } catch (InternalError | IllegalStateException problem) {
      stopIfGone(problem, out);
    }
    return false;
  }

  private boolean enqueue(long now, Packet packet, Effects out) {
    int length = packet.length();
    if (length < NicState.MIN_FRAME) {
      return refuse(packet, DropReason.NIC_FRAME_SIZE, out);
    }
    if (!received.peek(receivedChain)) {
      return stopOrRefuse(packet, DropReason.NIC_RING_FULL, out);
    }
    int bytes = FrameMemory.HEADER + length;
    while (receivedChain.total() < bytes) {
      // in any case the chains stay for another frame
      if (!mergeable || receivedChain.full()) {
        return refuse(packet, DropReason.NIC_FRAME_SIZE, out);
      }
      if (!received.peekMore(receivedChain) && !receivedChain.full()) {
        return stopOrRefuse(packet, DropReason.NIC_RING_FULL, out);
      }
    }
    if (!state.received.fill(receivedChain, packet)) {
      received.fail(RingFault.BUFFER_TAKEN);
      stopIfBroken(received, out);
      return false;
    }
    received.complete(receivedChain, bytes);
    lastDelivery = now;
    if (!corked) {
      boolean wanted = received.publish();
      settleDelivered(out);
      interrupt(wanted, receivedBell);
    } else if (state.received.keepsPackets() || state.putting.full()) {
      settleDelivered(out);
    }
    return true;
  }

  /** What was put into the ring is there for good. */
  private void settleDelivered(Effects out) {
    state.settle();
    int count = state.putting.handOver(put);
    for (int i = 0; i < count; i++) {
      Packet packet = put[i];
      if (packet != null) {
        put[i] = null;
        int length = packet.length();
        counters.framesOut++;
        counters.bytesOut += length;
        if (!state.received.keepsPackets()) {
          packet.step(lastDelivery, state.name, StepAction.NIC_IN, state.mac, length);
          out.deliver(packet); // it left the lab for the guest outside
        }
      }
    }
  }

  private boolean stopOrRefuse(Packet packet, DropReason reason, Effects out) {
    return !stopIfBroken(received, out) && refuse(packet, reason, out);
  }

  /** Drops the packet that came last into the hand. */
  private boolean refuse(Packet packet, DropReason reason, Effects out) {
    state.settle();
    state.putting.takeLast();
    if (reason == DropReason.NIC_RING_FULL) {
      counters.ringFull++;
    } else {
      counters.badSize++;
    }
    out.drop(packet, reason);
    return false;
  }

  private void interrupt(boolean wanted, Doorbell bell) {
    if (wanted) {
      counters.rings++;
      bell.ring();
    } else {
      counters.ringsSuppressed++;
    }
  }

  @Override
  public void cork() {
    corked = true;
  }

  @Override
  public void flush(Effects out) {
    corked = false;
    if (state.fault != null) {
      return;
    }
    try {
      if (received.unpublished()) {
        received.requireMapped();
        boolean wanted = received.publish();
        settleDelivered(out);
        interrupt(wanted, receivedBell);
      }
    } catch (InternalError | IllegalStateException problem) {
      stopIfGone(problem, out);
    }
  }

  private boolean stopIfBroken(DeviceQueue queue, Effects out) {
    RingFault found = queue.fault();
    if (found != null) {
      state.settle(); // nonsense in the ring may come of memory that is gone
      state.stop(found, counters, out);
    }
    return found != null;
  }

  /** Memory that was cut short shows as InternalError, memory that was unmapped as the other. */
  private void stopIfGone(Throwable problem, Effects out) {
    if (problem instanceof IllegalStateException bug && sent.alive() && received.alive()) {
      throw bug;
    }
    state.stop(RingFault.MEMORY_GONE, counters, out);
  }

  /** Whether what the guest sends is taken and thrown away. */
  void discards(boolean disabled) {
    discards = disabled;
  }

  /** The next available index that the device would look at in the sent ring. */
  int sentIndex() {
    return sent.next();
  }

  /** The same of the received ring. */
  int receivedIndex() {
    return received.next();
  }

  @Override
  public @Nullable RingFault fault() {
    return state.fault;
  }

  @Override
  public List<QueueState> queues() {
    return queues(0);
  }

  /** The same, as a queue pair among several. */
  List<QueueState> queues(int pair) {
    int offered = 0;
    int sending = 0;
    if (state.fault == null) {
      try {
        offered = received.waiting();
        sending = sent.waiting();
        state.settle();
      } catch (InternalError | IllegalStateException gone) {
        offered = 0; // the next frame finds out and says so
      }
    }
    return List.of(
        new QueueState(pair, true, received.size(), offered, counters.framesOut, counters.bytesOut),
        new QueueState(pair, false, sent.size(), sending, counters.framesIn, counters.bytesIn));
  }

  @Override
  public NicCounters counters() {
    return counters;
  }
}
