package org.larval.pcap;

import io.netty.buffer.ByteBuf;
import java.util.EnumMap;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.StepAction;

/**
 * Sends the frames of a capture as packets, each at its time. It holds one frame at a time. When
 * the capture is damaged, everything before the damage is sent; {@link ReplayFinished} then carries
 * the damage.
 *
 * <p>A frame whose timestamp is before that of an earlier one is sent together with that one: the
 * order of the file stays.
 */
public final class Replayer {
  /** What the packets begin with. */
  public enum Form {
    /** With the Ethernet header: for a link, a bridge or a NIC. */
    FRAME,
    /** With the IP header, whatever stood before it: for the engines of a guest. */
    DATAGRAM
  }

  /** Why a frame is not sent. */
  public enum Skip {
    CUT("the capture holds only a part of the frame"),
    NOT_ETHERNET("the frame is not Ethernet"),
    NOT_IP("the frame holds no IP packet"),
    TO_SENDER("the packet is addressed to its sender");

    private final String sentence;

    Skip(String sentence) {
      this.sentence = sentence;
    }

    /** The reason in words. */
    public String sentence() {
      return sentence;
    }
  }

  /** Knows the addresses of whoever sends. */
  @FunctionalInterface
  public interface Sender {
    /** Whether the packet, addresses already rewritten, is addressed to the sender itself. */
    boolean isTarget(ByteBuf data, int index, int length);
  }

  /** So many frames at most leave in one call, so that "at once" floods nobody's memory. */
  static final int BATCH = 64;

  private final CaptureReader reader;
  private final PacketPool pool;
  private final Form form;
  private final Pace pace;
  private final Rewrite rewrite;
  private final IntUnaryOperator ports;
  private final Sender sender;
  private final long startAt;

  private @Nullable CapturedFrame pending;
  private @Nullable CaptureException damage;
  private long firstTimestamp;
  private long due;
  private boolean finished;
  private long sent;
  private long sentBytes;
  private final EnumMap<Skip, Long> skipped = new EnumMap<>(Skip.class);

  /**
   * A replay; the first frame is read here. The reader stays the caller's to close.
   *
   * @param ports the port that a frame of an interface ({@link CapturedFrame#interfaceId}) leaves
   *     by
   * @param startAt when the first frame is sent, in nanoseconds since the lab began
   */
  public Replayer(
      CaptureReader reader,
      PacketPool pool,
      Form form,
      Pace pace,
      Rewrite rewrite,
      IntUnaryOperator ports,
      long startAt) {
    this(reader, pool, form, pace, rewrite, ports, (data, index, length) -> false, startAt);
  }

  /** The same; what is addressed to the sender itself is skipped. */
  public Replayer(
      CaptureReader reader,
      PacketPool pool,
      Form form,
      Pace pace,
      Rewrite rewrite,
      IntUnaryOperator ports,
      Sender sender,
      long startAt) {
    this.reader = reader;
    this.pool = pool;
    this.form = form;
    this.pace = pace;
    this.rewrite = rewrite;
    this.ports = ports;
    this.sender = sender;
    this.startAt = startAt;
    due = startAt;
    CapturedFrame first = read();
    firstTimestamp = first == null ? 0 : first.timestampNanos();
    pending = first;
  }

  /** When the next frame is due, or {@link Long#MAX_VALUE} after the last. */
  public long deadline() {
    return finished ? Long.MAX_VALUE : due;
  }

  /** Sends what is due. */
  public void onDeadline(long now, Effects out) {
    for (int left = BATCH; !finished && due <= now && left > 0; left--) {
      CapturedFrame frame = pending;
      if (frame == null) {
        finished = true;
        out.emit(new ReplayFinished(reader.name(), sent, skipped(), damage));
        return;
      }
      send(now, frame, out);
      CapturedFrame next = read();
      pending = next;
      if (next != null) {
        due = Math.max(due, dueOf(next));
      }
    }
  }

  private long dueOf(CapturedFrame frame) {
    long distance = Math.max(0, frame.timestampNanos() - firstTimestamp);
    long moment = startAt + stretched(distance);
    return moment < startAt ? Long.MAX_VALUE - 1 : moment;
  }

  private long stretched(long nanos) {
    return switch (pace) {
      case Pace.Original o -> nanos;
      case Pace.Scaled s -> (long) (nanos * s.factor());
      case Pace.AtOnce a -> 0;
    };
  }

  private @Nullable CapturedFrame read() {
    try {
      return reader.next();
    } catch (CaptureException e) {
      damage = e;
      return null;
    }
  }

  private void send(long now, CapturedFrame frame, Effects out) {
    ByteBuf data = frame.data();
    int offset = frame.packetOffset();
    boolean ethernet = frame.linkType() == LinkType.ETHERNET.number();
    if (frame.isCut()) {
      skipped.merge(Skip.CUT, 1L, Long::sum);
    } else if (form == Form.FRAME && !ethernet) {
      skipped.merge(Skip.NOT_ETHERNET, 1L, Long::sum);
    } else if (form == Form.DATAGRAM && offset < 0) {
      skipped.merge(Skip.NOT_IP, 1L, Long::sum);
    } else {
      int from = data.readerIndex() + (form == Form.FRAME ? 0 : offset);
      int length = data.writerIndex() - from;
      if (form == Form.FRAME) {
        rewrite.frame(data, from, length);
      } else {
        rewrite.packet(data, from, length);
      }
      if (sender.isTarget(data, from, length)) {
        skipped.merge(Skip.TO_SENDER, 1L, Long::sum);
        return;
      }
      Packet packet = pool.make(now, length);
      packet.buffer().writeBytes(data, from, length);
      int port = ports.applyAsInt(frame.interfaceId());
      packet.inPort = -1;
      packet.step(now, reader.name(), StepAction.BORN, "frame of the capture", reader.frames());
      sent++;
      sentBytes += length;
      out.send(port, packet);
    }
  }

  /** The number of the frame that was read last or, during a send, that is sent; from 1. */
  public long frame() {
    return reader.frames();
  }

  /** Frames sent so far. */
  public long sent() {
    return sent;
  }

  /** Bytes sent so far. */
  public long sentBytes() {
    return sentBytes;
  }

  /** Frames not sent so far. */
  public long skipped() {
    long all = 0;
    for (long count : skipped.values()) {
      all += count;
    }
    return all;
  }

  /** Frames not sent so far for one reason. */
  public long skipped(Skip reason) {
    return skipped.getOrDefault(reason, 0L);
  }

  /** Whether everything was sent and {@link ReplayFinished} emitted. */
  public boolean finished() {
    return finished;
  }

  /** Where and why the capture could not be read further; null while all is well. */
  public @Nullable CaptureException damage() {
    return damage;
  }
}
