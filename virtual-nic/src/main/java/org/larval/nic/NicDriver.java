package org.larval.nic;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;

/** The guest's face over two rings: the driver's end of both. */
final class NicDriver implements GuestFace {
  private final NicState state;
  private final DriverQueue sending;
  private final DriverQueue receiving;
  private final Doorbell lab;
  private final Doorbell self;
  private final int interfaceIndex;
  private final NicCounters counters = new NicCounters();
  private boolean corked;

  NicDriver(
      NicState state,
      DriverQueue sending,
      DriverQueue receiving,
      int interfaceIndex,
      Doorbell lab,
      Doorbell self) {
    this.state = state;
    this.sending = sending;
    this.receiving = receiving;
    this.interfaceIndex = interfaceIndex;
    this.lab = lab;
    this.self = self;
    sending.suppress();
    receiving.arm();
    refill();
    receiving.publish();
  }

  @Override
  public boolean transmit(long now, Packet packet, Effects out) {
    if (state.fault != null) {
      counters.brokenDrops++;
      out.drop(packet, DropReason.NIC_BROKEN);
      return false;
    }
    state.putting.add(packet);
    try {
      sending.requireMapped();
      return enqueue(now, packet, out);
    } catch (InternalError gone) {
      state.stop(RingFault.MEMORY_GONE, counters, out);
    } catch (IllegalStateException closed) {
      stopIfUnmapped(closed, out);
    }
    return false;
  }

  private boolean enqueue(long now, Packet packet, Effects out) {
    reapSent(out);
    int length = packet.length();
    if (length < NicState.MIN_FRAME || length > state.sent.bufferSize() - FrameMemory.HEADER) {
      state.settle();
      state.putting.takeLast();
      counters.badSize++;
      out.drop(packet, DropReason.NIC_FRAME_SIZE);
      return false;
    }
    int descriptor = sending.claim();
    if (descriptor < 0) {
      if (stopIfBroken(sending, out)) {
        return false;
      }
      state.settle();
      state.putting.takeLast();
      counters.ringFull++;
      out.drop(packet, DropReason.NIC_RING_FULL);
      return false;
    }
    packet.step(now, state.name, StepAction.NIC_OUT, state.mac, length);
    NicState.leaveGuest(packet);
    state.sent.put(descriptor, packet);
    sending.post(descriptor, state.sent.address(descriptor), FrameMemory.HEADER + length);
    boolean wanted = !corked && sending.publish();
    state.settle();
    state.putting.takeLast();
    counters.framesOut++;
    counters.bytesOut += length;
    if (!state.sent.keepsPackets()) {
      out.absorb(packet); // its fate is that of the frame in the other process
    }
    if (!corked) {
      kick(wanted);
    }
    return true;
  }

  private void kick(boolean wanted) {
    if (wanted) {
      counters.rings++;
      lab.ring();
    } else {
      counters.ringsSuppressed++;
    }
  }

  /** Takes back what the device has sent. */
  private void reapSent(Effects out) {
    int descriptor = sending.reap();
    if (descriptor < 0) {
      return;
    }
    while (descriptor >= 0) {
      if (state.sent.keepsPackets()) {
        state.settle();
      }
      Packet left = state.sent.forget(descriptor);
      if (left != null) {
        // used, but never taken: the ring was meddled with
        counters.brokenDrops++;
        out.drop(left, DropReason.NIC_BROKEN);
      }
      descriptor = sending.reap();
    }
    sending.suppress();
  }

  @Override
  public int receive(long now, Effects out, int budget) {
    if (state.fault != null) {
      return 0;
    }
    try {
      receiving.requireMapped();
      return reapReceived(now, out, budget);
    } catch (InternalError gone) {
      state.stop(RingFault.MEMORY_GONE, counters, out);
    } catch (IllegalStateException closed) {
      stopIfUnmapped(closed, out);
    }
    return 0;
  }

  private int reapReceived(long now, Effects out, int budget) {
    int done = 0;
    boolean more = true;
    receiving.suppress();
    while (more && done < budget && state.fault == null) {
      int descriptor = receiving.reap();
      if (descriptor < 0) {
        if (stopIfBroken(receiving, out)) {
          return done;
        }
        showRefilled();
        more = receiving.arm();
        continue;
      }
      done++;
      if (!take(now, descriptor, out)) {
        return done;
      }
    }
    if (more && state.fault == null) {
      showRefilled();
      if (receiving.arm()) {
        receiving.suppress();
        state.settle();
        self.ring();
      }
    }
    state.settle();
    stopIfBroken(receiving, out);
    return done;
  }

  private boolean take(long now, int descriptor, Effects out) {
    int used = receiving.usedLength();
    if (used < FrameMemory.HEADER || used > state.received.bufferSize()) {
      receiving.fail(RingFault.USED_LENGTH_WRONG);
      stopIfBroken(receiving, out);
      return false;
    }
    int length = used - FrameMemory.HEADER;
    Packet packet = state.received.claim(now, descriptor, length);
    if (packet == null) {
      receiving.fail(RingFault.USED_ID_NOT_POSTED);
      stopIfBroken(receiving, out);
      return false;
    }
    state.taking.add(packet);
    state.received.load(descriptor, length, packet);
    refill();
    state.settle();
    state.taking.takeLast();
    if (length < NicState.MIN_FRAME) {
      counters.badSize++;
      out.drop(packet, DropReason.NIC_FRAME_SIZE);
      return true;
    }
    counters.framesIn++;
    counters.bytesIn += length;
    packet.inPort = interfaceIndex;
    packet.step(now, state.name, StepAction.NIC_IN, state.mac, length);
    out.forward(packet);
    return true;
  }

  /** Gives every free buffer of the receive queue to the device. */
  private void refill() {
    int descriptor = receiving.claim();
    while (descriptor >= 0) {
      receiving.post(descriptor, state.received.address(descriptor), state.received.bufferSize());
      descriptor = receiving.claim();
    }
  }

  private void showRefilled() {
    boolean wanted = receiving.publish();
    state.settle();
    if (wanted) {
      counters.rings++;
      lab.ring();
    }
  }

  @Override
  public void cork() {
    corked = true;
  }

  @Override
  public void flush(Effects out) {
    corked = false;
    if (state.fault != null || !sending.unpublished()) {
      return;
    }
    try {
      sending.requireMapped();
      boolean wanted = sending.publish();
      state.settle();
      kick(wanted);
    } catch (InternalError gone) {
      state.stop(RingFault.MEMORY_GONE, counters, out);
    } catch (IllegalStateException closed) {
      stopIfUnmapped(closed, out);
    }
  }

  private boolean stopIfBroken(DriverQueue queue, Effects out) {
    RingFault found = queue.fault();
    if (found != null) {
      state.settle(); // nonsense in the ring may come of memory that is gone
      state.stop(found, counters, out);
    }
    return found != null;
  }

  private void stopIfUnmapped(IllegalStateException closed, Effects out) {
    if (sending.alive() && receiving.alive()) {
      throw closed;
    }
    state.stop(RingFault.MEMORY_GONE, counters, out);
  }

  @Override
  public @Nullable RingFault fault() {
    return state.fault;
  }

  @Override
  public NicCounters counters() {
    return counters;
  }
}
