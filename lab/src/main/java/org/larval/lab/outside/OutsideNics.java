package org.larval.lab.outside;

import java.net.InetSocketAddress;
import org.larval.lab.file.Attachment;

/** Makes the NIC for an attachment. */
public final class OutsideNics {
  private OutsideNics() {}

  /**
   * A NIC that is not open yet. On the lab's loop.
   *
   * @throws AttachmentRefused if the host does not let us
   */
  public static OutsideNic of(Attachment attachment, Site site) {
    return switch (attachment) {
      case Attachment.Netfile netfile -> new NetfileNic(netfile, site);
      case Attachment.Dgram dgram ->
          new SocketsNic(site, arrival -> datagrams(site, dgram, arrival));
      case Attachment.VhostUser vhost -> SocketRingsNic.vhost(vhost, site);
      case Attachment.Memif memif -> SocketRingsNic.memif(memif, site);
      case Attachment.Tap tap -> new SocketsNic(site, arrival -> new TapFrames(site, tap, arrival));
      case Attachment.Stream stream ->
          new SocketsNic(site, arrival -> new StreamFrames(site, stream, arrival));
      case Attachment.Vxlan vxlan ->
          new SocketsNic(site, arrival -> new VxlanFrames(site, vxlan, arrival));
    };
  }

  private static FrameChannel datagrams(
      Site site, Attachment.Dgram guest, FrameChannel.Receiver receiver) {
    return guest.here() instanceof InetSocketAddress here
            && guest.there() instanceof InetSocketAddress there
        ? new DatagramFrames(site, here, there, receiver)
        : new UnixDatagramFrames(site, guest, receiver);
  }
}
