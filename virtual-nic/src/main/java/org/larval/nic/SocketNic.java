package org.larval.nic;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.StepAction;
import org.larval.wire.MacAddress;

/**
 * The lab's end of a NIC whose guest lives outside, behind a socket that carries whole frames: a
 * QEMU guest with a {@code dgram} netdev. There is no ring; what arrives waits in a bounded queue
 * until the street asks for it.
 *
 * <p>The socket is somebody else's: it gives bytes to {@link #onFrame} and takes them from here.
 */
public final class SocketNic implements LabFace {
  private static final int MIN_FRAME = 14;

  private final NicSettings settings;
  private final PacketPool pool;
  private final FrameSocket socket;
  private final Doorbell lab;
  private final ArrayDeque<Packet> waiting;
  private final NicCounters counters = new NicCounters();

  /**
   * A NIC without traffic.
   *
   * @param settings {@code queueSize} bounds the frames that wait for the street; a frame may be
   *     {@code bufferSize} less 12 bytes long
   * @param pool where arriving frames become packets
   * @param socket the way out
   * @param lab asks for a turn of {@link #drain}
   */
  public SocketNic(NicSettings settings, PacketPool pool, FrameSocket socket, Doorbell lab) {
    this.settings = settings;
    this.pool = pool;
    this.socket = socket;
    this.lab = lab;
    waiting = new ArrayDeque<>(settings.queueSize());
  }

  private boolean fits(int length) {
    return length >= MIN_FRAME && length <= settings.bufferSize() - FrameMemory.HEADER;
  }

  /**
   * A frame from outside. The bytes stay the caller's. A frame of a wrong size, and one for which
   * the queue has no room, is counted and becomes no packet.
   */
  public void onFrame(long now, ByteBuf bytes) {
    int length = bytes.readableBytes();
    if (!fits(length)) {
      counters.badSize++;
      return;
    }
    if (waiting.size() == settings.queueSize()) {
      counters.ringFull++;
      return;
    }
    Packet packet = pool.make(now, length);
    packet.buffer().writeBytes(bytes, bytes.readerIndex(), length);
    packet.inPort = settings.port();
    packet.step(now, settings.name(), StepAction.NIC_OUT, mac(), length);
    waiting.addLast(packet);
    lab.ring();
  }

  private MacAddress mac() {
    return settings.mac();
  }

  @Override
  public int drain(long now, Effects out, int budget) {
    int done = 0;
    for (; done < budget; done++) {
      Packet packet = waiting.pollFirst();
      if (packet == null) {
        return done;
      }
      counters.framesIn++;
      counters.bytesIn += packet.length();
      out.send(settings.port(), packet);
    }
    if (!waiting.isEmpty()) {
      lab.ring();
    }
    return done;
  }

  @Override
  public boolean deliver(long now, Packet packet, Effects out) {
    int length = packet.length();
    if (!fits(length)) {
      counters.badSize++;
      out.drop(packet, DropReason.NIC_FRAME_SIZE);
      return false;
    }
    // a view of its own: what the packet's readers do later must not move what the socket sends
    if (!socket.send(packet.buffer().retainedDuplicate())) {
      counters.ringFull++;
      out.drop(packet, DropReason.NIC_RING_FULL);
      return false;
    }
    counters.framesOut++;
    counters.bytesOut += length;
    packet.step(now, settings.name(), StepAction.NIC_IN, mac(), length);
    out.deliver(packet); // it left the lab for the guest outside
    return true;
  }

  /** Drops what still waits for the street. */
  public void end(Effects out, DropReason reason) {
    for (Packet packet = waiting.pollFirst(); packet != null; packet = waiting.pollFirst()) {
      out.drop(packet, reason);
    }
  }

  @Override
  public void cork() {}

  @Override
  public void flush(Effects out) {}

  @Override
  public @Nullable RingFault fault() {
    return null;
  }

  @Override
  public NicCounters counters() {
    return counters;
  }
}
