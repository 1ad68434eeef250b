package org.larval.nic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/**
 * The lab's face of a NIC whose rings are in the memory of a vhost-user frontend: one or more queue
 * pairs, each there only while the guest's driver runs. Without a driver frames for the guest are
 * dropped (NIC_DOWN).
 */
public final class VhostNic implements LabFace {
  /** A reader stays awake no longer than this, in nanoseconds. */
  private static final long LONGEST_SPIN = 50_000;

  private final NicSettings settings;
  private final int mtu;
  private final PacketPool pool;
  private final Doorbell lab;
  private final @Nullable NicDevice[] pairs;
  private final @Nullable NicState[] states;
  private final boolean[] told;
  private final NicCounters[] counters;
  private final int[] receivers;
  private final AdaptiveSpin spin;
  private VhostRing[] rings = {};
  private int receiverCount;
  private int turn;
  private boolean polls;
  private boolean corked;
  private @Nullable RingFault fault;

  /**
   * A NIC that waits for its frontend.
   *
   * @param settings sizes of rings and buffers are the guest's to choose, not these
   * @param queuePairs the most that the guest may use, 1 to 8
   * @param mtu bytes of the longest IP packet, told to a guest that asks
   * @param spins whether to look at the rings again for a while before sleeping on the doorbell
   */
  public VhostNic(
      NicSettings settings, int queuePairs, int mtu, PacketPool pool, Doorbell lab, boolean spins) {
    if (queuePairs < 1 || queuePairs > 8) {
      throw new IllegalArgumentException("a NIC has 1 to 8 queue pairs, not " + queuePairs);
    }
    this.settings = settings;
    this.mtu = mtu;
    this.pool = pool;
    this.lab = lab;
    pairs = new @Nullable NicDevice[queuePairs];
    states = new @Nullable NicState[queuePairs];
    told = new boolean[queuePairs];
    counters = new NicCounters[queuePairs];
    receivers = new int[queuePairs];
    spin = new AdaptiveSpin(spins ? LONGEST_SPIN : 0);
    for (int i = 0; i < queuePairs; i++) {
      counters[i] = new NicCounters();
    }
  }

  /** The place that this NIC writes into trails. */
  public String name() {
    return settings.name();
  }

  /** The most queue pairs that the guest may use. */
  public int queuePairs() {
    return pairs.length;
  }

  /** Whether the guest's driver runs a queue pair. */
  public boolean running(int pair) {
    return pairs[pair] != null;
  }

  // --- the control plane ---

  /** Starts a queue pair, with its rings where they stand. */
  void start(int pair, MemoryRegions memory, VhostRing[] at, boolean eventIndex, boolean merge)
      throws VhostFault.Refused {
    VhostRing received = at[2 * pair];
    VhostRing sent = at[2 * pair + 1];
    SharedFrames frames = new SharedFrames(memory, pool);
    NicState state = new NicState(settings.name(), settings.mac(), frames, frames);
    Virtqueue down = received.in(memory);
    Virtqueue up = sent.in(memory);
    DeviceQueue receiving = new DeviceQueue(down, frames, true, eventIndex, received.base);
    DeviceQueue sending = new DeviceQueue(up, frames, false, eventIndex, sent.base);
    fault = null;
    told[pair] = false;
    rings = at;
    states[pair] = state;
    NicDevice device =
        new NicDevice(
            state,
            sending,
            receiving,
            settings.port(),
            sent::ringCall,
            received::ringCall,
            lab,
            merge,
            counters[pair]);
    if (corked) {
      device.cork();
    }
    pairs[pair] = device;
    // a kick may have been lost with whoever served these rings before us
    received.ringCall();
    sent.ringCall();
    lab.ring();
  }

  /** Whether a ring of the guest has no doorbell, so that we must look again and again. */
  void polls(boolean noDoorbell) {
    polls = noDoorbell;
    if (noDoorbell) {
      lab.ring();
    }
  }

  /** The beginning of virtio_net_config. */
  byte[] config(int bytes) {
    ByteBuffer config = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long mac = settings.mac().bits();
    for (int shift = 40; shift >= 0; shift -= 8) {
      config.put((byte) (mac >>> shift));
    }
    config.putShort((short) 1); // the link is up
    config.putShort((short) pairs.length);
    config.putShort((short) mtu);
    return config.array();
  }

  /** After rings were enabled or disabled: which pairs the guest wants frames on. */
  void chooseReceivers() {
    receiverCount = 0;
    for (int i = 0; i < pairs.length; i++) {
      NicDevice device = pairs[i];
      if (device != null) {
        device.discards(!rings[2 * i + 1].enabled);
        if (rings[2 * i].enabled) {
          receivers[receiverCount++] = i;
        }
      }
    }
  }

  /** Stops a queue pair; frames in hand are dropped, in the ring there are none of ours. */
  void stop(int pair, Effects out) {
    NicDevice device = pairs[pair];
    NicState state = states[pair];
    if (device != null && state != null) {
      device.flush(out);
      rings[2 * pair].base = device.receivedIndex();
      rings[2 * pair + 1].base = device.sentIndex();
      state.end(out, DropReason.NIC_DOWN);
      pairs[pair] = null;
      states[pair] = null;
      chooseReceivers();
    }
  }

  // --- the street ---

  @Override
  public int drain(long now, Effects out, int budget) {
    int done = 0;
    for (int i = 0; i < pairs.length && done < budget; i++) {
      turn = turn + 1 == pairs.length ? 0 : turn + 1;
      NicDevice device = pairs[turn];
      if (device != null) {
        done += device.poll(now, out, budget - done);
      }
    }
    if (done > 0) {
      spin.found(now);
    }
    if (done >= budget || polls || spin.looksAgain(now) || !sleep(out)) {
      lab.ring();
    }
    noteFaults();
    return done;
  }

  private boolean sleep(Effects out) {
    boolean asleep = true;
    for (NicDevice device : pairs) {
      if (device != null) {
        asleep &= device.sleep(out);
      }
    }
    return asleep;
  }

  private void noteFaults() {
    for (int i = 0; i < pairs.length; i++) {
      NicDevice device = pairs[i];
      if (device != null) {
        noteFault(i, device);
      }
    }
  }

  private void noteFault(int pair, NicDevice device) {
    RingFault found = device.fault();
    if (found != null && !told[pair]) {
      told[pair] = true;
      fault = found;
      rings[2 * pair].ringErr();
      rings[2 * pair + 1].ringErr();
    }
  }

  @Override
  public boolean deliver(long now, Packet packet, Effects out) {
    if (receiverCount == 0) {
      out.drop(packet, DropReason.NIC_DOWN);
      return false;
    }
    int place =
        receiverCount == 1
            ? 0
            : Integer.remainderUnsigned(FlowSteering.hash(packet.buffer()), receiverCount);
    NicDevice device = pairs[receivers[place]];
    if (device == null) {
      throw new IllegalStateException("a receiver that does not run");
    }
    boolean taken = device.deliver(now, packet, out);
    if (!taken) {
      noteFault(receivers[place], device);
    }
    return taken;
  }

  @Override
  public void cork() {
    corked = true;
    for (NicDevice device : pairs) {
      if (device != null) {
        device.cork();
      }
    }
  }

  @Override
  public void flush(Effects out) {
    corked = false;
    for (NicDevice device : pairs) {
      if (device != null) {
        device.flush(out);
      }
    }
    noteFaults();
  }

  @Override
  public List<QueueState> queues() {
    List<QueueState> all = new ArrayList<>();
    for (int i = 0; i < pairs.length; i++) {
      NicDevice device = pairs[i];
      if (device != null) {
        all.addAll(device.queues(i));
      }
    }
    return all;
  }

  @Override
  public @Nullable RingFault fault() {
    return fault;
  }

  /** The sum over all queue pairs. */
  @Override
  public NicCounters counters() {
    NicCounters sum = new NicCounters();
    for (NicCounters one : counters) {
      sum.add(one);
    }
    return sum;
  }
}
