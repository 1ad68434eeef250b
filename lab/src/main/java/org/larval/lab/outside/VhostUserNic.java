package org.larval.lab.outside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.larval.lab.file.Attachment;
import org.larval.nic.LabFace;
import org.larval.nic.NicSettings;
import org.larval.nic.VhostNic;
import org.larval.nic.VhostPort;
import org.larval.packet.Effects;

/** A NIC whose rings a vhost-user frontend brings: QEMU, DPDK's virtio_user, and the like. */
final class VhostUserNic implements OutsideNic {
  /** The most that a guest may use. */
  private static final int QUEUE_PAIRS = 4;

  private final Site site;
  private final Path path;
  private final VhostNic nic;
  private final VhostPort port;

  VhostUserNic(Attachment.VhostUser where, Site site) {
    this.site = site;
    path = Path.of(where.path());
    NicSettings settings = NicSettings.of(site.place(), site.mac(), 0, 0);
    nic = new VhostNic(settings, QUEUE_PAIRS, site.mtu(), site.pool(), site.lab(), true);
    port =
        new VhostPort(
            path,
            where.connect(),
            nic,
            new TimelineLoop(site.timeline()),
            site.lab(),
            site.effects());
  }

  @Override
  public LabFace face() {
    return nic;
  }

  @Override
  public void open() {
    site.timeline()
        .onLoop(
            () -> {
              try {
                Path folder = path.toAbsolutePath().getParent();
                if (folder != null) {
                  Files.createDirectories(folder);
                }
                port.open();
              } catch (IOException problem) {
                throw new AttachmentRefused(
                    String.valueOf(problem.getMessage()),
                    "name a path for the socket that this user may write and nobody uses");
              }
            });
  }

  @Override
  public void begin() {
    site.lab().ring();
  }

  @Override
  public void end(Effects out) {
    // the frontend finds its rings stopped and waits for the next lab
    port.close();
  }

  @Override
  public void close() {
    port.close();
  }
}
