package org.larval.lab.outside;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.Attachment;
import org.larval.lab.time.LoopWatch;
import org.larval.nic.HostNetwork;
import org.larval.nic.TunDevice;

/** Ethernet frames to and from the host's kernel, by a TAP device. */
final class TapFrames implements FrameChannel {
  private static final int LONGEST = 65_536;

  /** Frames that are read before others have their turn. */
  private static final int AT_ONCE = 64;

  private final Site site;
  private final Attachment.Tap where;
  private final Receiver receiver;
  private final ByteBuf in = Unpooled.directBuffer(LONGEST, LONGEST);
  private final ByteBuf out = Unpooled.directBuffer(LONGEST, LONGEST);
  private @Nullable TunDevice device;
  private @Nullable LoopWatch watch;

  TapFrames(Site site, Attachment.Tap where, Receiver receiver) {
    this.site = site;
    this.where = where;
    this.receiver = receiver;
  }

  @Override
  public void open() {
    try {
      TunDevice opened =
          HostNetwork.in(
              where.namespace(),
              () -> {
                TunDevice tap = TunDevice.openTapForSelector(where.name());
                try {
                  HostNetwork.up(where.name(), site.mtu());
                } catch (IOException problem) {
                  tap.close();
                  throw problem;
                }
                return tap;
              });
      device = opened;
      site.timeline().onLoop(() -> watch(opened));
    } catch (IOException problem) {
      String message = String.valueOf(problem.getMessage());
      int semicolon = message.indexOf(';');
      throw semicolon < 0
          ? new AttachmentRefused(message, "run as root, or end the program that has the device")
          : new AttachmentRefused(
              message.substring(0, semicolon), message.substring(semicolon + 1).strip());
    }
  }

  private void watch(TunDevice opened) {
    try {
      watch = LoopWatch.on(site.epoll(), opened.descriptor(), () -> read(opened));
    } catch (IOException problem) {
      throw new AttachmentRefused(String.valueOf(problem.getMessage()), "run on Linux");
    }
  }

  private void read(TunDevice opened) {
    for (int i = 0; i < AT_ONCE; i++) {
      int length = opened.read(in.memoryAddress(), LONGEST);
      if (length < 0) {
        unwatch(); // the device is gone
      }
      if (length <= 0) {
        return;
      }
      receiver.onFrame(in.setIndex(0, length));
    }
  }

  private void unwatch() {
    LoopWatch watched = watch;
    watch = null;
    if (watched != null) {
      watched.close();
    }
  }

  @Override
  public boolean send(ByteBuf frame) {
    TunDevice opened = device;
    int length = frame.readableBytes();
    if (opened == null || length > LONGEST) {
      frame.release();
      return false;
    }
    out.setBytes(0, frame, frame.readerIndex(), length);
    frame.release();
    return opened.write(out.memoryAddress(), length);
  }

  @Override
  public void close() {
    unwatch();
    TunDevice opened = device;
    device = null;
    if (opened != null) {
      opened.close();
    }
    in.release();
    out.release();
  }
}
