package org.larval.lab.run;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import org.larval.guest.UdpSocket;
import org.larval.lab.file.LabFile;
import org.larval.lab.time.VirtualTimeline;
import org.larval.labels.avc.AuditRecord;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;

/**
 * Datagrams from a socket of a lab's first guest to one of its second, through both stacks, NICs
 * and what is between them; of no flow, so that the ledger counts and keeps no accounts. The lab's
 * own traffic does not run.
 */
public final class Shuttle implements AutoCloseable {
  /** Where the second guest listens. */
  public static final int PORT = 5000;

  /** In which neighbours are found. */
  private static final long SECOND = 1_000_000_000L;

  private final VirtualTimeline timeline = new VirtualTimeline();
  private final Rooms rooms;
  private final GuestNode from;
  private final UdpSocket sender;
  private final ByteBuf payload;
  private long arrived;

  /**
   * Puts a lab of two guests together and sends a first datagram.
   *
   * @param bytes of each datagram
   * @throws IllegalStateException if a socket cannot be had
   */
  public Shuttle(LabFile file, RunOptions options, int bytes) {
    rooms = new Rooms(file, options, null, timeline, file.seed());
    rooms.open();
    GuestNode[] both = rooms.guests().values().toArray(GuestNode[]::new);
    from = both[0];
    GuestNode to = both[1];
    UdpSocket receiver = to.stack().udpSocket(this::read).label(to.sid()).blocking(false);
    check(receiver.bind(IpAddress.ANY4, PORT));
    sender = from.stack().udpSocket(this::read).label(from.sid()).blocking(false);
    IpAddress target = to.file().nics().getFirst().addresses().getFirst().address();
    check(sender.connect(timeline.now(), target, PORT, from.effects()));
    payload = PooledByteBufAllocator.DEFAULT.buffer(bytes).writeZero(bytes);
    send(1, SECOND);
  }

  private static void check(Errno errno) {
    if (errno != Errno.OK) {
      throw new IllegalStateException("no socket: " + errno);
    }
  }

  private void read(long now, UdpSocket socket, Effects out) {
    for (Packet packet = socket.receive(); packet != null; packet = socket.receive()) {
      arrived++;
      out.deliver(packet);
    }
  }

  /**
   * Sends datagrams at once and lets time pass.
   *
   * @param nanos for all of them to arrive
   * @return how many of them did
   */
  public long send(int datagrams, long nanos) {
    long before = arrived;
    long now = timeline.now();
    for (int i = 0; i < datagrams; i++) {
      var _ = sender.send(now, payload, 0, 0, from.effects());
    }
    from.rearm();
    timeline.runUntil(now + nanos);
    return arrived - before;
  }

  /** What a policy wrote into the audit log so far, oldest first. */
  public List<AuditRecord> audit() {
    return rooms.audit();
  }

  @Override
  public void close() {
    rooms.end();
    payload.release();
    timeline.close();
  }
}
