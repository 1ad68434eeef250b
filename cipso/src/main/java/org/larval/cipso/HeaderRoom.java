package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/** Makes an IP header longer or shorter in front of what follows it. */
final class HeaderRoom {
  private HeaderRoom() {}

  /**
   * Moves the first {@code keep} bytes by {@code delta} to the front, or to the back if that is
   * negative, and the reader index with them. What follows them stays; with a positive delta the
   * bytes between are for the caller to fill. If there is no spare room in front the packet gets
   * another buffer.
   *
   * @return the new reader index
   */
  static int resize(Packet packet, int keep, int delta) {
    ByteBuf data = packet.buffer();
    int from = data.readerIndex();
    int network = packet.network();
    int transport = packet.transport();
    if (delta > from) {
      ByteBuf roomy =
          data.alloc()
              .buffer(PacketPool.HEADROOM + delta + data.readableBytes() + PacketPool.TAILROOM);
      roomy.setIndex(PacketPool.HEADROOM + delta, PacketPool.HEADROOM + delta);
      roomy.writeBytes(data, from, data.readableBytes());
      packet.replaceBuffer(roomy);
      int shift = roomy.readerIndex() - from;
      network += network < 0 ? 0 : shift;
      transport += transport < 0 ? 0 : shift;
      data = roomy;
      from = data.readerIndex();
    }
    int to = from - delta;
    data.setBytes(to, data, from, keep); // the two may overlap
    data.readerIndex(to);
    packet.headers(network < 0 ? network : to, transport);
    return to;
  }
}
