package org.larval.lab.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Path;
import org.larval.nic.Doorbell;
import org.larval.nic.Netfile;
import org.larval.nic.NicGeometry;
import org.larval.nic.RingFault;
import org.larval.nic.VirtualNic;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.MacAddress;

/**
 * An end of a netfile, the guest's or the lab's, that sends as fast as it can or takes what comes.
 * It looks again and again, so no doorbell rings.
 */
final class NetfileEnd implements RingEnd, Effects {
  /** How many frames its rings hold. */
  static final int FRAMES = 1024;

  private static final int BUFFER = 2048;
  private static final int MTU = 1500;
  private static final MacAddress MAC = new MacAddress(0x0200_0000_0001L);

  private final PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, false);
  private final Netfile file;
  private final VirtualNic nic;
  private final boolean guest;
  private final boolean sends;
  private final int bytes;

  NetfileEnd(Path path, boolean guest, boolean sends, int bytes) throws IOException {
    this.guest = guest;
    this.sends = sends;
    this.bytes = bytes;
    file = Netfile.open(path, guest ? Netfile.End.GUEST : Netfile.End.LAB);
    nic = VirtualNic.over(file, "bench", 0, 0, pool, Doorbell.NONE, Doorbell.NONE);
  }

  static void format(Path path) throws IOException {
    Netfile.format(path, MAC, NicGeometry.of(FRAMES, BUFFER), MTU);
  }

  @Override
  public int turn() {
    RingFault fault = nic.fault();
    if (fault != null) {
      throw new IllegalStateException(fault.label());
    }
    if (sends) {
      return guest ? transmit() : deliver();
    }
    return guest ? nic.guest().receive(0, this, BURST) : nic.lab().drain(0, this, BURST);
  }

  private int transmit() {
    int done = 0;
    nic.guest().cork();
    while (done < BURST && nic.guest().transmit(0, frame(), this)) {
      done++;
    }
    nic.guest().flush(this);
    return done;
  }

  private int deliver() {
    int done = 0;
    nic.lab().cork();
    while (done < BURST && nic.lab().deliver(0, frame(), this)) {
      done++;
    }
    nic.lab().flush(this);
    return done;
  }

  /** A frame that somebody has written already. */
  private Packet frame() {
    Packet packet = pool.make(0, bytes);
    ByteBuf buffer = packet.buffer();
    buffer.writerIndex(buffer.readerIndex() + bytes);
    return packet;
  }

  private void took(Packet packet) {
    int length = packet.length();
    packet.release();
    if (length != bytes) {
      throw new IllegalStateException("a frame of " + length + " bytes arrived");
    }
  }

  /** The lab took a frame of the guest. */
  @Override
  public void send(int port, Packet packet) {
    took(packet);
  }

  /** The guest took a frame of the lab. */
  @Override
  public void forward(Packet packet) {
    took(packet);
  }

  /** The guest is in another process. */
  @Override
  public void deliver(Packet packet) {
    packet.release();
  }

  /** The lab is in another process. */
  @Override
  public void absorb(Packet packet) {
    packet.release();
  }

  @Override
  public void drop(Packet packet, DropReason reason) {
    packet.release();
    if (reason != DropReason.NIC_RING_FULL) {
      throw new IllegalStateException(reason.sentence());
    }
  }

  @Override
  public void emit(Event event) {}

  @Override
  public void close() throws IOException {
    file.close();
  }
}
