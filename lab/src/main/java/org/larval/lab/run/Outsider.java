package org.larval.lab.run;

import org.jspecify.annotations.Nullable;
import org.larval.lab.file.Attachment;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Outside;
import org.larval.lab.file.Program;
import org.larval.lab.outside.AttachmentRefused;
import org.larval.lab.outside.OutsideNic;
import org.larval.lab.outside.OutsideNics;
import org.larval.lab.outside.Player;
import org.larval.lab.outside.Site;
import org.larval.lab.report.NicsReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.time.RealTimeline;
import org.larval.lab.time.Timeline;
import org.larval.nic.NicBroken;
import org.larval.nic.NicCounters;
import org.larval.nic.NicNews;
import org.larval.nic.RingFault;
import org.larval.packet.Event;
import org.larval.packet.PacketPool;
import org.larval.pcap.LinkType;
import org.larval.wire.MacAddress;

/** The place of a guest outside on the street: its only NIC, and who answers for it. */
final class Outsider {
  private final LabFile.Guest guest;
  private final Attachment attachment;
  private final NicPort port;
  private final OutsideNic nic;
  private final @Nullable Player player;

  Outsider(
      LabFile.Guest guest,
      Attachment attachment,
      MacAddress mac,
      Timeline timeline,
      Ledger ledger,
      PacketPool pool,
      Street street,
      Captures captures,
      OutsideLog log) {
    if (!(timeline instanceof RealTimeline real)) {
      throw new LabFileException(
          guest.where(),
          "guest '" + guest.name() + "' lives outside, where time is real",
          "write 'time: real' at the top of the file");
    }
    this.guest = guest;
    this.attachment = attachment;
    LabFile.Nic first = guest.nics().getFirst();
    String place = guest.name() + "." + first.name();
    port =
        new NicPort(timeline, ledger, place) {
          @Override
          public void emit(Event event) {
            String what = words(event);
            if (what != null) {
              log.note(timeline.now(), guest.name(), what);
            }
          }
        };
    port.capture(
        captures.open(guest.capture(), guest.name() + " " + first.name(), LinkType.ETHERNET),
        captures.notes());
    try {
      nic =
          OutsideNics.of(
              attachment, new Site(place, mac, first.mtu(), real, pool, port.doorbell(), port));
    } catch (AttachmentRefused problem) {
      throw complaint(problem);
    }
    Outside outside = guest.outside();
    Program program = outside == null ? null : outside.program();
    player =
        program == null
            ? null
            : new Player(
                program,
                attachment,
                mac,
                real,
                what -> log.note(timeline.now(), guest.name(), what));
    port.unplug();
    port.plug(nic.face(), street.plug(new LabFile.End(guest.name(), 0), port::deliver));
  }

  private static @Nullable String words(Event event) {
    return switch (event) {
      case NicBroken broken -> "NIC stopped: " + broken.fault().sentence();
      case NicNews.Connected connected -> "connected";
      case NicNews.Started started ->
          "its driver runs queue pair "
              + started.pair()
              + ": "
              + started.features()
              + (started.shrinkable() ? "; its memory could be cut short" : "");
      case NicNews.Stopped stopped -> "its driver gave queue pair " + stopped.pair() + " back";
      case NicNews.Disconnected gone -> "disconnected: " + gone.fault().sentence();
      default -> null;
    };
  }

  private LabFileException complaint(AttachmentRefused problem) {
    return new LabFileException(
        guest.outside() == null ? guest.where() : guest.outside().where(),
        "guest '" + guest.name() + "': " + problem.getMessage(),
        problem.remedy());
  }

  LabFile.Guest guest() {
    return guest;
  }

  Attachment attachment() {
    return attachment;
  }

  /** Opens the way to the guest; not on the lab's own thread, which this waits for. */
  void open() {
    try {
      nic.open();
    } catch (AttachmentRefused problem) {
      throw complaint(problem);
    }
  }

  /** Starts the program that plays the guest, if the lab is to; not on the lab's own thread. */
  void play() {
    if (player != null) {
      try {
        player.start();
      } catch (AttachmentRefused problem) {
        throw complaint(problem);
      }
    }
  }

  /** Waits until the guest is ready; not on the lab's own thread. */
  void awaitReady() {
    if (player != null) {
      try {
        player.awaitReady();
      } catch (AttachmentRefused problem) {
        throw complaint(problem);
      }
    }
  }

  /** Does something to the program that plays the guest. On the loop. */
  void steer(Program.Steering what) {
    if (player != null) {
      player.steer(what);
    }
  }

  /** Waits until the program has ended; not on the lab's own thread. */
  void dismiss() {
    if (player != null) {
      player.close();
    }
  }

  /** The lab begins: frames may come. On the loop. */
  void begin() {
    nic.begin();
    port.begin();
  }

  /** From now on frames from outside find nobody. */
  void end() {
    port.unplug();
    nic.end(port);
  }

  /** Closes the way to the guest. On the loop. */
  void close() {
    if (player != null) {
      player.end();
    }
    nic.close();
  }

  NicsReport.Nic standing() {
    String name = guest.nics().getFirst().name();
    return NicTable.row(guest.name(), name, attachment.label(), nic.face());
  }

  RunReport.Outside report() {
    NicCounters counters = nic.face().counters();
    @Nullable RingFault fault = nic.face().fault();
    return new RunReport.Outside(
        guest.name(),
        attachment.label(),
        counters.framesIn(),
        counters.bytesIn(),
        counters.framesOut(),
        counters.bytesOut(),
        counters.ringFull(),
        counters.badSize(),
        counters.brokenDrops(),
        nic.refused(),
        fault == null ? null : fault.label());
  }
}
