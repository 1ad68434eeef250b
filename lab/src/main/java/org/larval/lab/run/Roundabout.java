package org.larval.lab.run;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.larval.lab.file.LabFile;
import org.larval.lab.time.Randomness;
import org.larval.lab.time.VirtualTimeline;
import org.larval.labels.Sids;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.EthernetView;
import org.larval.wire.MacAddress;

/**
 * The street of a lab without its guests: every guest is only a turn, which sends each frame back
 * to where it came from. So the frames of the beginning go to and fro for ever, and what is
 * measured is links, bridges and the timeline alone.
 */
public final class Roundabout implements AutoCloseable {
  private final VirtualTimeline timeline = new VirtualTimeline();
  private final PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, false);
  private final Ledger ledger = new Ledger(pool);
  private final Captures captures = new Captures(null, "", new CaptureNotes(new Sids()));
  private final EthernetView frame = new EthernetView();
  private final Street street;
  private final Arrival[] doors;

  /** The street of a file; every guest needs one NIC that is linked. */
  public Roundabout(LabFile file) {
    street = new Street(file, timeline, new Randomness(file.seed(), true), ledger, pool, captures);
    doors = new Arrival[file.guests().size()];
    int number = 0;
    for (LabFile.Guest guest : file.guests().values()) {
      int door = number++;
      doors[door] =
          street.plug(
              new LabFile.End(guest.name(), 0), (now, packet) -> turn(now, doors[door], packet));
    }
  }

  private void turn(long now, Arrival door, Packet packet) {
    ByteBuf bytes = packet.buffer();
    int at = bytes.readerIndex();
    if (frame.wrap(bytes, at, packet.length()) == null) {
      EthernetView.emit(bytes, at, frame.source(), frame.target(), frame.type());
    }
    door.arrive(now, packet);
  }

  /**
   * Sends frames from one guest to another, by their numbers in the file from 0.
   *
   * @param bytes of each frame, at least 14
   */
  public void send(int from, int to, int frames, int bytes) {
    for (int i = 0; i < frames; i++) {
      Packet packet = pool.make(timeline.now(), bytes);
      packet.buffer().writeZero(bytes);
      EthernetView.emit(
          packet.buffer(),
          packet.buffer().readerIndex(),
          station(to).bits(),
          station(from).bits(),
          EthernetView.TYPE_IPV4);
      doors[from].arrive(timeline.now(), packet);
    }
  }

  private static MacAddress station(int guest) {
    return new MacAddress(0x0200_0000_0000L | (guest + 1));
  }

  /** Lets time pass, in nanoseconds. */
  public void runFor(long nanos) {
    timeline.runUntil(timeline.now() + nanos);
  }

  /** How many links were crossed so far, over all frames. */
  public long hops() {
    return street.hops();
  }

  /** Frames that go round. */
  public long frames() {
    return pool.live();
  }

  @Override
  public void close() {
    street.end(timeline.now());
    captures.close();
    timeline.close();
  }
}
