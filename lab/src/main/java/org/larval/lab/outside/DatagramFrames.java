package org.larval.lab.outside;

import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;

/** Ethernet frames over UDP, one in each datagram, as QEMU's {@code dgram} netdev speaks it. */
final class DatagramFrames implements FrameChannel {
  private final InetSocketAddress there;
  private final Receiver receiver;
  private final UdpEnd udp;
  private long refused;

  DatagramFrames(Site site, InetSocketAddress here, InetSocketAddress there, Receiver receiver) {
    this.there = there;
    this.receiver = receiver;
    udp = new UdpEnd(site, here, this::arrived);
  }

  @Override
  public void open() {
    udp.open("choose another address, or end the program that has it");
  }

  private void arrived(DatagramPacket datagram) {
    if (datagram.sender().equals(there)) {
      receiver.onFrame(datagram.content());
    } else {
      refused++;
    }
  }

  @Override
  public boolean send(ByteBuf frame) {
    return udp.send(frame, there);
  }

  @Override
  public long refused() {
    return refused;
  }

  @Override
  public void close() {
    udp.close();
  }
}
