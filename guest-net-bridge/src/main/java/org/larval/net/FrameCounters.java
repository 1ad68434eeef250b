package org.larval.net;

import java.util.EnumMap;
import java.util.Map;
import org.larval.packet.DropReason;

/**
 * Frames and bytes through one direction of a link or one bridge. At any time {@code framesIn +
 * copies = framesOut + dropped + under way}.
 */
public final class FrameCounters {
  /** One cell per reason that occurred; a cell is made once. */
  private final Map<DropReason, long[]> drops = new EnumMap<>(DropReason.class);

  private long framesIn;
  private long bytesIn;
  private long framesOut;
  private long bytesOut;
  private long copies;
  private long framesDropped;
  private long bytesDropped;

  FrameCounters() {}

  void in(int bytes) {
    framesIn++;
    bytesIn += bytes;
  }

  void out(int bytes) {
    framesOut++;
    bytesOut += bytes;
  }

  void copied() {
    copies++;
  }

  void dropped(DropReason reason, int bytes) {
    framesDropped++;
    bytesDropped += bytes;
    drops.computeIfAbsent(reason, r -> new long[1])[0]++;
  }

  /** Frames that entered. */
  public long framesIn() {
    return framesIn;
  }

  /** Bytes of frames that entered. */
  public long bytesIn() {
    return bytesIn;
  }

  /** Frames that left, copies included. */
  public long framesOut() {
    return framesOut;
  }

  /** Bytes of frames that left, copies included. */
  public long bytesOut() {
    return bytesOut;
  }

  /** Frames made here: duplicates of a link, copies of a flood. */
  public long copies() {
    return copies;
  }

  /** Frames dropped for any reason. */
  public long dropped() {
    return framesDropped;
  }

  /** Bytes of frames dropped for any reason. */
  public long bytesDropped() {
    return bytesDropped;
  }

  /** Frames dropped for one reason. */
  public long dropped(DropReason reason) {
    long[] cell = drops.get(reason);
    return cell == null ? 0 : cell[0];
  }

  /** Frames dropped, by those reasons that occurred, in the reasons' order. */
  public Map<DropReason, Long> drops() {
    Map<DropReason, Long> occurred = new EnumMap<>(DropReason.class);
    drops.forEach((reason, cell) -> occurred.put(reason, cell[0]));
    return occurred;
  }
}
