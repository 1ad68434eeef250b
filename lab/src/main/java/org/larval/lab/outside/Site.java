package org.larval.lab.outside;

import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import org.larval.lab.time.RealTimeline;
import org.larval.nic.Doorbell;
import org.larval.packet.Effects;
import org.larval.packet.PacketPool;
import org.larval.wire.MacAddress;

/**
 * Where a NIC is plugged in.
 *
 * @param place the name that it writes into trails
 * @param mac the guest's Ethernet address by the lab file; guests may choose their own
 * @param mtu bytes of the longest IP packet
 * @param timeline of the lab; all frames come and go on its loop
 * @param pool where arriving frames become packets
 * @param lab asks for a turn of {@link org.larval.nic.LabFace#drain}; on the lab's loop only
 * @param effects takes what a control plane does to packets, and what it has to tell
 */
public record Site(
    String place,
    MacAddress mac,
    int mtu,
    RealTimeline timeline,
    PacketPool pool,
    Doorbell lab,
    Effects effects) {
  /** The lab's loop, for what needs epoll. */
  IoEventLoop epoll() {
    return epoll(timeline);
  }

  static IoEventLoop epoll(RealTimeline timeline) {
    if (timeline.loop() instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class)) {
      return io;
    }
    throw new AttachmentRefused(
        "Netty's epoll is not there", "run on Linux, on x86-64 or AArch64, where it is");
  }
}
