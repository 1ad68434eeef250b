package org.larval.lab.outside;

import io.netty.buffer.ByteBuf;
import java.util.function.Function;
import org.larval.nic.LabFace;
import org.larval.nic.NicSettings;
import org.larval.nic.SocketNic;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;

/** A NIC behind something that carries whole frames. */
final class SocketsNic implements OutsideNic {
  private final Site site;
  private final FrameChannel channel;
  private final SocketNic nic;
  private boolean running;

  SocketsNic(Site site, Function<FrameChannel.Receiver, FrameChannel> maker) {
    this.site = site;
    channel = maker.apply(this::onFrame);
    nic =
        new SocketNic(
            NicSettings.of(site.place(), site.mac(), 0, 0), site.pool(), channel, site.lab());
  }

  private void onFrame(ByteBuf frame) {
    if (running) {
      nic.onFrame(site.timeline().now(), frame);
    }
  }

  @Override
  public LabFace face() {
    return nic;
  }

  @Override
  public long refused() {
    return channel.refused();
  }

  @Override
  public void open() {
    channel.open();
  }

  @Override
  public void begin() {
    running = true;
  }

  @Override
  public void end(Effects out) {
    running = false;
    nic.end(out, DropReason.LAB_ENDED);
  }

  @Override
  public void close() {
    channel.close();
  }
}
