package org.larval.lab.run;

import io.netty.buffer.ByteBuf;
import org.larval.lab.file.LabFile;
import org.larval.lab.time.RealTimeline;
import org.larval.lab.time.Timeline;
import org.larval.nic.NicSettings;
import org.larval.nic.SocketNic;
import org.larval.packet.DropReason;
import org.larval.packet.PacketPool;
import org.larval.wire.MacAddress;

/** The place of a guest outside on the street: its first NIC, and the socket behind it. */
final class Outsider {
  /** What the lab writes into trails; the guest chooses its own. */
  private static final MacAddress UNKNOWN = new MacAddress(0);

  private final DatagramFrames frames;
  private final SocketNic nic;
  private final RoomEffects effects;
  private boolean ended;

  Outsider(
      LabFile.Guest guest,
      OutsideGuest where,
      Timeline timeline,
      Ledger ledger,
      PacketPool pool,
      Street street) {
    if (!(timeline instanceof RealTimeline real)) {
      throw new IllegalArgumentException(
          guest.name() + " lives outside: the lab needs 'time: real'");
    }
    String place = guest.name() + "." + guest.nics().getFirst().name();
    NicPort port = new NicPort(timeline, ledger, place);
    frames = new DatagramFrames(real.loop(), where, frame -> onFrame(timeline.now(), frame));
    nic = new SocketNic(NicSettings.of(place, UNKNOWN, 0, 0), pool, frames, port.doorbell());
    port.plug(nic, street.plug(new LabFile.End(guest.name(), 0), port::deliver));
    effects = port;
  }

  private void onFrame(long now, ByteBuf frame) {
    if (!ended) {
      nic.onFrame(now, frame);
    }
  }

  /** Opens the socket; not on the lab's own thread, which this waits for. */
  void open() {
    frames.open();
  }

  /** From now on frames from outside find nobody. */
  void end() {
    ended = true;
    nic.end(effects, DropReason.LAB_ENDED);
  }

  /** Closes the socket; not on the lab's own thread, which this waits for. */
  void close() {
    frames.close();
  }
}
