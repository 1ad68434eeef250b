package org.larval.lab.outside;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.larval.lab.file.Attachment;
import org.larval.nic.LabFace;
import org.larval.nic.MemifNic;
import org.larval.nic.MemifPort;
import org.larval.nic.NicSettings;
import org.larval.nic.RingPort;
import org.larval.nic.VhostNic;
import org.larval.nic.VhostPort;
import org.larval.packet.Effects;

/**
 * A NIC whose rings the other end brings through a Unix socket: a vhost-user frontend (QEMU, DPDK's
 * virtio_user) or a memif client (VPP, DPDK's net_memif).
 */
final class SocketRingsNic implements OutsideNic {
  /** The most that a guest may use. */
  private static final int QUEUE_PAIRS = 4;

  private final Site site;
  private final Path path;
  private final LabFace nic;
  private final RingPort port;

  private SocketRingsNic(Site site, Path path, LabFace nic, RingPort port) {
    this.site = site;
    this.path = path;
    this.nic = nic;
    this.port = port;
  }

  private static NicSettings settings(Site site) {
    return NicSettings.of(site.place(), site.mac(), 0, 0);
  }

  static OutsideNic vhost(Attachment.VhostUser where, Site site) {
    Path path = Path.of(where.path());
    VhostNic nic =
        new VhostNic(settings(site), QUEUE_PAIRS, site.mtu(), site.pool(), site.lab(), true);
    VhostPort port =
        new VhostPort(
            path,
            where.connect(),
            nic,
            new TimelineLoop(site.timeline()),
            site.lab(),
            site.effects());
    return new SocketRingsNic(site, path, nic, port);
  }

  static OutsideNic memif(Attachment.Memif where, Site site) {
    Path path = Path.of(where.path());
    MemifNic nic = new MemifNic(settings(site), site.pool(), site.lab(), true);
    MemifPort port =
        new MemifPort(
            path,
            where.id(),
            where.secret().getBytes(StandardCharsets.UTF_8),
            nic,
            new TimelineLoop(site.timeline()),
            site.lab(),
            site.effects());
    return new SocketRingsNic(site, path, nic, port);
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
    // the other end finds its rings stopped and waits for the next lab
    port.close();
  }

  @Override
  public void close() {
    port.close();
  }
}
