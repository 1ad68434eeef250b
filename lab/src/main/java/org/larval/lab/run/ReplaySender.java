package org.larval.lab.run;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.larval.guest.RawSocket;
import org.larval.lab.report.ReplayReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.Timeline;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.pcap.Replayer;

/**
 * A {@link Replay} on the timeline: gives each frame to the guest's stack or NIC when it is due.
 */
final class ReplaySender extends RoomEffects {
  private final GuestNode guest;
  private final Replayer.Form form;
  private final RawSocket socket;
  private final Replayer replayer;
  private final Arrivals arrivals;
  private final FlowAccount account;
  private long[] frames = new long[64];
  private int sent;

  private ReplaySender(
      Replay replay,
      Timeline timeline,
      Ledger ledger,
      PacketPool pool,
      GuestNode guest,
      Map<String, GuestNode> guests) {
    super(timeline, ledger, guest.name());
    this.guest = guest;
    form = replay.form();
    socket = guest.stack().rawSocket().label(guest.sid());
    Replayer.Sender own =
        form == Replayer.Form.DATAGRAM ? socket::isTarget : (data, index, length) -> false;
    replayer =
        new Replayer(
            replay.capture(),
            pool,
            form,
            replay.pace(),
            replay.rewrite(),
            port -> replay.nic(),
            own,
            replay.start());
    account = ledger.open("replay", guest.name(), "", false);
    arrivals = new Arrivals(account, guests.keySet());
    ledger.countArrivals(arrivals);
  }

  static ReplaySender start(
      Replay replay,
      Timeline timeline,
      Ledger ledger,
      PacketPool pool,
      Map<String, GuestNode> guests) {
    GuestNode guest = guests.get(replay.guest());
    if (guest == null || replay.nic() < 0 || replay.nic() >= guest.nics()) {
      throw new IllegalArgumentException("no NIC " + replay.nic() + " of " + replay.guest());
    }
    ReplaySender sender = new ReplaySender(replay, timeline, ledger, pool, guest, guests);
    Alarm alarm = timeline.alarm(sender::ring);
    timeline.arm(alarm, sender.replayer.deadline());
    return sender;
  }

  private long ring(long now) {
    replayer.onDeadline(now, this);
    guest.rearm();
    return replayer.deadline();
  }

  @Override
  public void send(int port, Packet packet) {
    long now = timeline.now();
    int sequence = sent++;
    if (sequence == frames.length) {
      frames = Arrays.copyOf(frames, sequence * 2);
    }
    frames[sequence] = replayer.frame();
    packet.flow = account.number();
    packet.sequence = sequence;
    account.offered(now, sequence);
    arrivals.sends(packet);
    if (form == Replayer.Form.FRAME) {
      guest.effects().send(port, packet);
      return;
    }
    Errno answer = socket.send(now, packet, guest.effects());
    if (answer != Errno.OK) {
      account.refused(sequence, answer);
    }
  }

  /** What became of it; after the run. */
  ReplayReport report(Replay replay, RunReport run) {
    Map<Replayer.Skip, Long> skipped = new EnumMap<>(Replayer.Skip.class);
    for (Replayer.Skip skip : Replayer.Skip.values()) {
      if (replayer.skipped(skip) > 0) {
        skipped.put(skip, replayer.skipped(skip));
      }
    }
    return ReplayReport.of(
        replay.capture().name(),
        form.name().toLowerCase(Locale.ROOT),
        replay.pace(),
        replay.start(),
        replayer,
        skipped,
        account,
        Arrays.copyOf(frames, sent),
        run);
  }
}
