package org.larval.lab.outside;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.larval.lab.file.Attachment;
import org.larval.nic.LabFace;
import org.larval.nic.Netfile;
import org.larval.nic.VirtualNic;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;

/** The lab's end of a netfile. */
final class NetfileNic implements OutsideNic {
  private final Site site;
  private final NetfilePlug plug;
  private final VirtualNic nic;

  NetfileNic(Attachment.Netfile where, Site site) {
    this.site = site;
    Path path = Path.of(where.path());
    try {
      site.epoll();
      NetfilePlug.format(path, site.mac(), site.mtu());
      plug = NetfilePlug.open(path, Netfile.End.LAB, site.lab());
    } catch (IOException problem) {
      throw new AttachmentRefused(
          "the netfile cannot be used: " + problem.getMessage(),
          "name a file of our own format, an empty one or none, which this user may write");
    }
    Netfile file = plug.file();
    if (!file.mac().equals(site.mac()) || file.mtu() != site.mtu()) {
      String stands = file.mac() + " and an MTU of " + file.mtu();
      close();
      throw new AttachmentRefused(
          path + " was formatted for a guest with " + stands,
          "remove the file, or give the guest 'nic: {address: ..., mac: ..., mtu: ...}' so");
    }
    try {
      nic = VirtualNic.over(plug.file(), site.place(), 0, 0, site.pool(), site.lab(), plug.far());
    } catch (IOException problem) {
      close();
      throw new AttachmentRefused(String.valueOf(problem.getMessage()), "remove the file");
    }
  }

  @Override
  public LabFace face() {
    return nic.lab();
  }

  @Override
  public void open() {
    // it was formatted and mapped when it was made
  }

  @Override
  public void begin() {
    plug.listen(site.timeline(), site.lab());
  }

  @Override
  public void end(Effects out) {
    int dropped = nic.end(out, DropReason.LAB_ENDED);
    assert dropped == 0 : "packets do not wait in memory of others";
  }

  @Override
  public void close() {
    try {
      plug.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
