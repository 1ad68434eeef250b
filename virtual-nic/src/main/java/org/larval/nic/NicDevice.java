package org.larval.nic;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;

/**
 * The lab's face over two rings: the device's end of both. It works over any memory that holds a
 * split virtqueue and frames, so a vhost-user control plane needs only to bring those.
 */
final class NicDevice implements LabFace {
  private final NicState state;
  private final DeviceQueue sent;
  private final DeviceQueue received;
  private final int port;
  private final Doorbell guest;
  private final Doorbell self;
  private final NicCounters counters = new NicCounters();
  private final Chain sentChain = new Chain();
  private final Chain receivedChain = new Chain();
  private boolean corked;

  NicDevice(
      NicState state,
      DeviceQueue sent,
      DeviceQueue received,
      int port,
      Doorbell guest,
      Doorbell self) {
    this.state = state;
    this.sent = sent;
    this.received = received;
    this.port = port;
    this.guest = guest;
    this.self = self;
    sent.arm();
    received.suppress();
  }

  @Override
  public int drain(long now, Effects out, int budget) {
    if (state.fault != null) {
      return 0;
    }
    try {
      return takeSent(now, out, budget);
    } catch (InternalError gone) {
      state.stop(RingFault.MEMORY_GONE, counters, out);
    } catch (IllegalStateException closed) {
      stopIfUnmapped(closed, out);
    }
    return 0;
  }

  private int takeSent(long now, Effects out, int budget) {
    int done = 0;
    boolean more = true;
    sent.suppress();
    while (more && done < budget && state.fault == null) {
      if (!sent.peek(sentChain)) {
        if (stopIfBroken(sent, out)) {
          return done;
        }
        interrupt(sent);
        more = sent.arm();
        continue;
      }
      done++;
      if (!take(now, out)) {
        return done;
      }
    }
    if (more && state.fault == null) {
      interrupt(sent);
      if (sent.arm()) {
        sent.suppress();
        state.settle();
        self.ring();
      }
    }
    state.settle();
    stopIfBroken(sent, out);
    return done;
  }

  private boolean take(long now, Effects out) {
    int length = sentChain.total() - FrameMemory.HEADER;
    if (length < 0) {
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
      sent.fail(RingFault.BUFFER_EMPTY);
      stopIfBroken(sent, out);
      return false;
    }
    state.inHand = packet;
    state.sent.load(sentChain, packet);
    sent.complete(sentChain, 0);
    state.handOver();
    length = packet.length();
    if (length < NicState.MIN_FRAME) {
      counters.badSize++;
      out.drop(packet, DropReason.NIC_FRAME_SIZE);
      return true;
    }
    counters.framesIn++;
    counters.bytesIn += length;
    packet.inPort = port;
    if (!state.sent.keepsPackets()) {
      packet.step(now, state.name, StepAction.NIC_OUT, state.mac, length); // nobody wrote it yet
    }
    out.send(port, packet);
    return true;
  }

  @Override
  public boolean deliver(long now, Packet packet, Effects out) {
    if (state.fault != null) {
      counters.brokenDrops++;
      out.drop(packet, DropReason.NIC_BROKEN);
      return false;
    }
    state.inHand = packet;
    try {
      return enqueue(now, packet, out);
    } catch (InternalError gone) {
      state.stop(RingFault.MEMORY_GONE, counters, out);
    } catch (IllegalStateException closed) {
      stopIfUnmapped(closed, out);
    }
    return false;
  }

  private boolean enqueue(long now, Packet packet, Effects out) {
    int length = packet.length();
    if (length < NicState.MIN_FRAME) {
      return refuse(packet, DropReason.NIC_FRAME_SIZE, out);
    }
    if (!received.peek(receivedChain)) {
      if (stopIfBroken(received, out)) {
        return false;
      }
      return refuse(packet, DropReason.NIC_RING_FULL, out);
    }
    if (receivedChain.total() < FrameMemory.HEADER + length) {
      return refuse(packet, DropReason.NIC_FRAME_SIZE, out); // the chain stays for another frame
    }
    if (!state.received.fill(receivedChain, packet)) {
      received.fail(RingFault.BUFFER_TAKEN);
      stopIfBroken(received, out);
      return false;
    }
    received.complete(receivedChain, FrameMemory.HEADER + length);
    boolean wanted = !corked && received.publish();
    state.handOver();
    counters.framesOut++;
    counters.bytesOut += length;
    if (!state.received.keepsPackets()) {
      packet.step(now, state.name, StepAction.NIC_IN, state.mac, length);
      out.deliver(packet); // it left the lab for the guest outside
    }
    if (!corked) {
      interrupt(wanted);
    }
    return true;
  }

  private boolean refuse(Packet packet, DropReason reason, Effects out) {
    state.handOver();
    if (reason == DropReason.NIC_RING_FULL) {
      counters.ringFull++;
    } else {
      counters.badSize++;
    }
    out.drop(packet, reason);
    return false;
  }

  private void interrupt(DeviceQueue queue) {
    if (queue.unpublished()) {
      boolean wanted = queue.publish();
      state.settle();
      interrupt(wanted);
    }
  }

  private void interrupt(boolean wanted) {
    if (wanted) {
      counters.rings++;
      guest.ring();
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
      interrupt(received);
    } catch (InternalError gone) {
      state.stop(RingFault.MEMORY_GONE, counters, out);
    } catch (IllegalStateException closed) {
      stopIfUnmapped(closed, out);
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

  private void stopIfUnmapped(IllegalStateException closed, Effects out) {
    if (sent.alive() && received.alive()) {
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
