package org.larval.lab.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.larval.lab.file.Attachment;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.outside.NetfilePlug;
import org.larval.lab.time.RealTimeline;
import org.larval.lab.time.Timeline;
import org.larval.nic.Doorbell;
import org.larval.nic.Netfile;
import org.larval.nic.NicGeometry;
import org.larval.nic.NicSettings;
import org.larval.nic.VirtualNic;
import org.larval.packet.PacketPool;
import org.larval.wire.MacAddress;

/**
 * The NICs of guests that live in this process: rings on the heap, rings in a netfile for all to
 * see, or the guest's end of a netfile whose lab is another process.
 */
final class Plugs {
  private static final int MAX_QUEUE_DESCRIPTORS = 256;

  private final RunOptions options;
  private final Timeline timeline;
  private final Ledger ledger;
  private final PacketPool pool;
  private final Street street;
  private final List<Netfile> netfiles = new ArrayList<>();
  private final List<NetfilePlug> plugs = new ArrayList<>();

  Plugs(RunOptions options, Timeline timeline, Ledger ledger, PacketPool pool, Street street) {
    this.options = options;
    this.timeline = timeline;
    this.ledger = ledger;
    this.pool = pool;
    this.street = street;
  }

  /** The MAC address that a NIC has in the file, or gets by its place there. */
  static MacAddress mac(LabFile.Nic nic, int guest, int index) {
    MacAddress given = nic.mac();
    return given == null
        ? new MacAddress(0x0200_0000_0000L | (long) index << 32 | (guest + 1))
        : given;
  }

  /** Plugs one NIC of a guest that lives in this process. */
  void plug(GuestNode node, LabFile.Guest guest, MacAddress mac, int index) {
    LabFile.Nic nic = guest.nics().get(index);
    String place = guest.name() + "." + nic.name();
    if (guest.name().equals(options.played())) {
      node.plug(played(guest, place, node));
      return;
    }
    NicPort port = new NicPort(timeline, ledger, place);
    VirtualNic plugged;
    if (guest.netfile() == null) {
      NicSettings settings =
          NicSettings.of(place, mac, index, index).withQueueSize(MAX_QUEUE_DESCRIPTORS);
      plugged = VirtualNic.local(settings, port.doorbell(), node.doorbell());
    } else {
      plugged = netfile(guest, mac, index, place, port, node);
    }
    port.plug(plugged.lab(), street.plug(new LabFile.End(guest.name(), index), port::deliver));
    node.plug(plugged);
  }

  /** The guest's end of its netfile; the lab's is in another process. */
  private VirtualNic played(LabFile.Guest guest, String place, GuestNode node) {
    if (timeline.virtual()
        || guest.outside() == null
        || !(guest.outside().attachment() instanceof Attachment.Netfile where)) {
      throw new IllegalArgumentException(guest.name() + " has no netfile outside, or no real time");
    }
    try {
      NetfilePlug plug =
          NetfilePlug.open(Path.of(where.path()), Netfile.End.GUEST, node.doorbell());
      plugs.add(plug);
      return VirtualNic.over(plug.file(), place, 0, 0, pool, plug.far(), node.doorbell());
    } catch (IOException problem) {
      throw new LabFileException(
          guest.where(),
          "the netfile " + where.path() + " cannot be used: " + problem.getMessage(),
          "name a file that a lab has formatted");
    }
  }

  private VirtualNic netfile(
      LabFile.Guest guest, MacAddress mac, int index, String place, NicPort port, GuestNode node) {
    Path path = Path.of(guest.netfile() + (index == 0 ? "" : "." + index));
    try {
      Path directory = path.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      Files.deleteIfExists(path);
      Netfile.format(
          path, mac, NicGeometry.of(MAX_QUEUE_DESCRIPTORS, 2048), guest.nics().get(index).mtu());
      Netfile opened = Netfile.open(path, Netfile.End.BOTH);
      netfiles.add(opened);
      return VirtualNic.over(opened, place, index, index, pool, port.doorbell(), node.doorbell());
    } catch (IOException problem) {
      throw new LabFileException(
          guest.where(),
          "the netfile " + path + " cannot be used: " + problem.getMessage(),
          "name a path that can be written");
    }
  }

  /** The guest that this process plays hears from now on what comes. On the loop. */
  void hear(Doorbell heard) {
    if (timeline instanceof RealTimeline real) {
      plugs.forEach(plug -> plug.listen(real, heard));
    }
  }

  /** After the last frame: unmaps netfiles that both ends used. */
  void end() {
    try {
      for (Netfile netfile : netfiles) {
        netfile.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives back what the host lent. On the loop. */
  void close() {
    try {
      for (NetfilePlug plug : plugs) {
        plug.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    plugs.clear();
  }
}
