package org.larval.nic;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;

/**
 * What one frontend has agreed with us: features, memory, rings. Messages go in, answers come out;
 * the rings of a {@link VhostNic} start and stop on the way.
 *
 * <pre>
 *   SET_MEM_TABLE, SET_VRING_NUM, BASE, ADDR   set up, in any order, at any time
 *   SET_VRING_KICK                             starts a ring
 *   SET_VRING_ENABLE                           lets frames through; may come before all others
 *   GET_VRING_BASE                             stops it and tells where
 * </pre>
 *
 * <p>Requests come from a process that need not be trusted: each either does what it says or ends
 * the connection with a {@link VhostFault}, and every descriptor is closed on every way.
 */
final class VhostSession implements AutoCloseable {
  private static final int INDEX_MASK = 0xff;
  private static final int NO_DESCRIPTOR = 0x100;

  /** A doorbell that says it rang this often in a row, and had not, is none. */
  private static final int MOST_DEAF = 64;

  /** Bytes of virtio_net_config up to its mtu. */
  private static final int CONFIG_BYTES = 12;

  private static final int CONFIG_HEADER = 12;
  private static final int MIN_MTU = 68;
  private static final int MAX_MTU = 65_535;

  private final VhostNic nic;
  private final VhostLoop loop;
  private final Doorbell lab;
  private final Effects out;
  private final Runnable failed;
  private final VhostRing[] rings;
  private final VhostLoop.@Nullable Watch[] watches;
  private final int[] deaf;
  private @Nullable VhostMemory memory;
  private long features;
  private long protocol;
  private long status;

  /**
   * A session about a NIC.
   *
   * @param failed asks for the end of the connection, outside of any message
   */
  VhostSession(VhostNic nic, VhostLoop loop, Doorbell lab, Effects out, Runnable failed) {
    this.nic = nic;
    this.loop = loop;
    this.lab = lab;
    this.out = out;
    this.failed = failed;
    rings = new VhostRing[2 * nic.queuePairs()];
    watches = new VhostLoop.@Nullable Watch[rings.length];
    deaf = new int[rings.length];
    for (int i = 0; i < rings.length; i++) {
      rings[i] = new VhostRing();
    }
  }

  private long offered() {
    return VhostFeatures.OFFERED | (nic.queuePairs() > 1 ? VhostFeatures.NET_F_MQ : 0);
  }

  /**
   * Does what a message asks for.
   *
   * @param descriptors what came with it; this closes all that it does not keep
   * @return the bytes of the answer, or null if there is none
   */
  byte @Nullable [] handle(VhostMessage message, int[] descriptors) throws VhostFault.Refused {
    VhostRequest request = VhostRequest.of(message.request());
    try {
      byte[] answer = request == null ? null : answer(request, message.payload(), descriptors);
      if (answer == null
          && message.needsReply()
          && (protocol & VhostFeatures.PROTOCOL_REPLY_ACK) != 0) {
        answer = VhostMessage.number(request == null ? 1 : 0);
      }
      return answer == null ? null : VhostMessage.reply(message.request(), answer);
    } finally {
      for (int descriptor : descriptors) {
        if (descriptor >= 0) {
          HostFile.close(descriptor);
        }
      }
    }
  }

  private byte @Nullable [] answer(VhostRequest request, ByteBuffer payload, int[] descriptors)
      throws VhostFault.Refused {
    if (!request.takes(payload.remaining())) {
      throw new VhostFault.Refused(VhostFault.PAYLOAD_LENGTH);
    }
    boolean carries =
        switch (request) {
          case SET_MEM_TABLE, SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR -> true;
          default -> false;
        };
    if (!carries && descriptors.length > 0) {
      throw new VhostFault.Refused(VhostFault.DESCRIPTOR_COUNT);
    }
    return switch (request) {
      case GET_FEATURES -> VhostMessage.number(offered());
      case SET_FEATURES -> accept(payload.getLong());
      case SET_OWNER, RESET_OWNER, SEND_RARP, SET_CONFIG -> null;
      case SET_MEM_TABLE -> memory(payload, descriptors);
      case SET_VRING_NUM -> {
        int ring = ring(payload.getInt());
        int size = payload.getInt();
        yield change(ring, () -> rings[ring].size(size));
      }
      case SET_VRING_ADDR -> place(payload);
      case SET_VRING_BASE -> {
        int ring = ring(payload.getInt());
        int base = payload.getInt();
        if (base < 0 || base > 0xffff) {
          throw new VhostFault.Refused(VhostFault.RING_BASE);
        }
        yield change(ring, () -> rings[ring].base = base);
      }
      case GET_VRING_BASE -> stop(ring(payload.getInt()));
      case SET_VRING_KICK -> kick(payload.getLong(), descriptors);
      case SET_VRING_CALL -> {
        long value = payload.getLong();
        VhostRing ring = rings[ring((int) value & INDEX_MASK)];
        ring.call = VhostRing.replaced(ring.call, bell(value, descriptors));
        yield null;
      }
      case SET_VRING_ERR -> {
        long value = payload.getLong();
        VhostRing ring = rings[ring((int) value & INDEX_MASK)];
        ring.err = VhostRing.replaced(ring.err, bell(value, descriptors));
        yield null;
      }
      case GET_PROTOCOL_FEATURES -> VhostMessage.number(VhostFeatures.PROTOCOL_OFFERED);
      case SET_PROTOCOL_FEATURES -> {
        protocol = payload.getLong();
        if ((protocol & ~VhostFeatures.PROTOCOL_OFFERED) != 0) {
          throw new VhostFault.Refused(VhostFault.FEATURES_NOT_OFFERED);
        }
        yield null;
      }
      case GET_QUEUE_NUM -> VhostMessage.number(nic.queuePairs());
      case SET_VRING_ENABLE -> {
        VhostRing ring = rings[ring(payload.getInt())];
        ring.enabled = payload.getInt() != 0;
        nic.chooseReceivers();
        yield null;
      }
      case NET_SET_MTU -> {
        long mtu = payload.getLong();
        if (mtu < MIN_MTU || mtu > MAX_MTU) {
          throw new VhostFault.Refused(VhostFault.BAD_MTU);
        }
        yield VhostMessage.number(0);
      }
      case GET_CONFIG -> config(payload);
      case RESET_DEVICE -> {
        for (int i = 0; i < rings.length; i++) {
          stop(i);
          rings[i].enabled = false;
        }
        yield null;
      }
      case SET_STATUS -> {
        status = payload.getLong();
        yield null;
      }
      case GET_STATUS -> VhostMessage.number(status);
    };
  }

  private int ring(int index) throws VhostFault.Refused {
    if (index < 0 || index >= rings.length) {
      throw new VhostFault.Refused(VhostFault.NO_SUCH_RING);
    }
    return index;
  }

  private byte @Nullable [] accept(long wanted) throws VhostFault.Refused {
    if ((wanted & ~offered()) != 0) {
      throw new VhostFault.Refused(VhostFault.FEATURES_NOT_OFFERED);
    }
    features = wanted;
    return null;
  }

  // --- setting up ---

  /** Something about a ring that may be refused. */
  @FunctionalInterface
  private interface Change {
    void make() throws VhostFault.Refused;
  }

  /** Changes a ring, which stands still meanwhile. */
  private byte @Nullable [] change(int ring, Change change) throws VhostFault.Refused {
    boolean ran = nic.running(ring / 2);
    nic.stop(ring / 2, out);
    change.make();
    if (ran) {
      startIfReady(ring / 2);
    }
    return null;
  }

  private byte @Nullable [] place(ByteBuffer payload) throws VhostFault.Refused {
    int ring = ring(payload.getInt());
    payload.getInt(); // flags: whether to log for a migration, which nobody negotiated
    long descriptors = payload.getLong();
    long used = payload.getLong();
    long available = payload.getLong();
    return change(ring, () -> rings[ring].place(descriptors, used, available));
  }

  private byte @Nullable [] memory(ByteBuffer table, int[] descriptors) throws VhostFault.Refused {
    VhostMemory mapped = new VhostMemory(table, descriptors);
    VhostMemory old = memory;
    for (int pair = 0; pair < nic.queuePairs(); pair++) {
      nic.stop(pair, out);
    }
    memory = mapped;
    if (old != null) {
      old.close();
    }
    for (int pair = 0; pair < nic.queuePairs(); pair++) {
      startIfReady(pair);
    }
    return null;
  }

  /** A doorbell that came with a message; null if the message says that there is none. */
  private static @Nullable EventFd bell(long value, int[] descriptors) throws VhostFault.Refused {
    boolean none = (value & NO_DESCRIPTOR) != 0;
    if (descriptors.length != (none ? 0 : 1)) {
      throw new VhostFault.Refused(VhostFault.DESCRIPTOR_COUNT);
    }
    if (none) {
      return null;
    }
    EventFd bell = new EventFd(descriptors[0]);
    descriptors[0] = -1; // kept
    return bell;
  }

  private byte[] config(ByteBuffer payload) throws VhostFault.Refused {
    if (payload.remaining() < CONFIG_HEADER) {
      throw new VhostFault.Refused(VhostFault.PAYLOAD_LENGTH);
    }
    byte[] answer = new byte[payload.remaining()];
    payload.duplicate().get(answer);
    int offset = payload.getInt();
    int size = payload.getInt();
    if (offset < 0 || size < 0 || size != answer.length - CONFIG_HEADER) {
      throw new VhostFault.Refused(VhostFault.PAYLOAD_LENGTH);
    }
    byte[] config = nic.config(CONFIG_BYTES);
    for (int i = 0; i < size; i++) {
      long from = (long) offset + i;
      answer[CONFIG_HEADER + i] = from < config.length ? config[(int) from] : 0;
    }
    return answer;
  }

  // --- running ---

  private byte @Nullable [] kick(long value, int[] descriptors) throws VhostFault.Refused {
    int index = ring((int) value & INDEX_MASK);
    VhostRing ring = rings[index];
    unwatch(index);
    ring.kick = VhostRing.replaced(ring.kick, bell(value, descriptors));
    ring.started = true;
    EventFd bell = ring.kick;
    if (bell != null && index % 2 == 1) { // of the ring that the guest sends by
      try {
        watches[index] = loop.watch(bell.descriptor(), () -> kicked(index, bell));
      } catch (IOException problem) {
        throw new VhostFault.Refused(VhostFault.BAD_DOORBELL);
      }
    }
    nic.polls(polls());
    if (!nic.running(index / 2)) {
      startIfReady(index / 2);
    }
    return null;
  }

  private boolean polls() {
    for (int i = 1; i < rings.length; i += 2) {
      if (rings[i].started && rings[i].kick == null) {
        return true;
      }
    }
    return false;
  }

  private void kicked(int index, EventFd bell) {
    if (bell.hear()) {
      deaf[index] = 0;
      lab.ring();
    } else if (++deaf[index] > MOST_DEAF) {
      unwatch(index);
      failed.run();
    }
  }

  private void unwatch(int index) {
    VhostLoop.Watch watch = watches[index];
    watches[index] = null;
    deaf[index] = 0;
    if (watch != null) {
      watch.close();
    }
  }

  private void startIfReady(int pair) throws VhostFault.Refused {
    VhostMemory mapped = memory;
    if (mapped == null || !rings[2 * pair].started || !rings[2 * pair + 1].started) {
      return;
    }
    if ((features & VhostFeatures.VERSION_1) == 0) {
      throw new VhostFault.Refused(VhostFault.LEGACY_DRIVER);
    }
    if ((features & VhostFeatures.PROTOCOL_FEATURES) == 0) {
      rings[2 * pair].enabled = true;
      rings[2 * pair + 1].enabled = true;
    }
    nic.start(
        pair,
        mapped.regions(),
        rings,
        (features & VhostFeatures.RING_F_EVENT_IDX) != 0,
        (features & VhostFeatures.NET_F_MRG_RXBUF) != 0);
    nic.chooseReceivers();
    String words = VhostFeatures.words(features);
    out.emit(new NicNews.Started(nic.name(), pair, words, mapped.shrinkable()));
  }

  private byte[] stop(int index) {
    if (nic.running(index / 2)) {
      nic.stop(index / 2, out);
      out.emit(new NicNews.Stopped(nic.name(), index / 2));
    }
    VhostRing ring = rings[index];
    ring.started = false;
    unwatch(index);
    ring.silence();
    nic.polls(polls());
    return VhostMessage.buffer(8).putInt(index).putInt(ring.base).array();
  }

  /** Stops everything and lets go of the guest's memory. */
  @Override
  public void close() {
    for (int i = 0; i < rings.length; i++) {
      nic.stop(i / 2, out);
      rings[i].started = false;
      unwatch(i);
      rings[i].silence();
    }
    nic.polls(false);
    VhostMemory mapped = memory;
    memory = null;
    if (mapped != null) {
      mapped.close();
    }
  }
}
