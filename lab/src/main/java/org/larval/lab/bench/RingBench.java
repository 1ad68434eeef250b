package org.larval.lab.bench;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.larval.nic.Netfile;
import org.larval.nic.NicGeometry;
import org.larval.nic.NicSettings;
import org.larval.nic.VirtualNic;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.MacAddress;

/**
 * Frames from a guest through its NIC's ring to the lab, in bursts: within the process, where the
 * packet itself crosses, and through a netfile, which costs a copy in and a copy out. The reference
 * copies the frame's bytes once.
 */
final class RingBench {
  private static final int BURST = 32;
  private static final int BURSTS = 256;
  private static final MacAddress MAC = new MacAddress(0x0200_0000_0001L);

  private RingBench() {}

  static BenchReport run(Rounds rounds, Consumer<String> progress) {
    List<BenchReport.Table> tables = new ArrayList<>();
    for (int bytes : new int[] {64, 1514}) {
      List<Contender> contenders =
          List.of(new Copy(bytes), new Ring(false, bytes), new Ring(true, bytes));
      tables.add(
          new BenchReport.Table(
              "frames of " + bytes + " bytes, bursts of " + BURST,
              rounds.of(contenders, progress)));
    }
    return new BenchReport("ring", "frame", tables);
  }

  /** Copies between as many buffers as a ring has. */
  private static final class Copy implements Contender {
    private final byte[][] from = new byte[NicGeometry.DEFAULT_QUEUE_SIZE][];
    private final byte[][] to = new byte[NicGeometry.DEFAULT_QUEUE_SIZE][];
    private final int bytes;

    Copy(int bytes) {
      this.bytes = bytes;
      for (int i = 0; i < from.length; i++) {
        from[i] = new byte[2048];
        to[i] = new byte[2048];
      }
    }

    @Override
    public String name() {
      return "copy of the bytes";
    }

    @Override
    public long run() {
      for (int i = 0; i < BURST * BURSTS; i++) {
        int at = i & from.length - 1;
        System.arraycopy(from[at], 0, to[at], 0, bytes);
      }
      return BURST * BURSTS;
    }
  }

  /** One ring; what has crossed is sent again. */
  private static final class Ring implements Contender, Effects {
    private final PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, false);
    private final Packet[] inHand = new Packet[BURST];
    private final VirtualNic nic;
    private final String name;
    private @Nullable Path path;
    private @Nullable Netfile file;
    private int count;

    Ring(boolean mapped, int bytes) {
      name = mapped ? "netfile" : "ring in process";
      nic = mapped ? overFile() : local();
      for (int i = 0; i < BURST; i++) {
        Packet packet = pool.make(0, bytes);
        packet.buffer().writeZero(bytes);
        inHand[i] = packet;
      }
      count = BURST;
    }

    private static VirtualNic local() {
      return VirtualNic.local(NicSettings.of("bench", MAC, 0, 0), () -> {}, () -> {});
    }

    private VirtualNic overFile() {
      try {
        Path made = Files.createTempFile("larval-bench", ".netfile");
        path = made;
        Netfile.format(
            made,
            MAC,
            NicGeometry.of(NicGeometry.DEFAULT_QUEUE_SIZE, NicGeometry.DEFAULT_BUFFER_SIZE),
            1500);
        Netfile opened = Netfile.open(made, Netfile.End.BOTH);
        file = opened;
        return VirtualNic.over(opened, "bench", 0, 0, pool, () -> {}, () -> {});
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public long run() {
      for (int i = 0; i < BURSTS; i++) {
        count = 0;
        for (Packet packet : inHand) {
          nic.guest().transmit(i, packet, this);
        }
        nic.lab().drain(i, this, BURST);
        if (count != BURST) {
          throw new IllegalStateException(BURST - count + " frames are missing");
        }
      }
      return BURST * BURSTS;
    }

    @Override
    public void send(int port, Packet packet) {
      inHand[count++] = packet;
    }

    @Override
    public void forward(Packet packet) {
      throw new IllegalStateException("nothing is received here");
    }

    @Override
    public void deliver(Packet packet) {
      throw new IllegalStateException("both ends are here");
    }

    @Override
    public void absorb(Packet packet) {
      throw new IllegalStateException("both ends are here");
    }

    @Override
    public void drop(Packet packet, DropReason reason) {
      throw new IllegalStateException(reason.sentence());
    }

    @Override
    public void emit(Event event) {}

    @Override
    public void close() {
      for (int i = 0; i < count; i++) {
        inHand[i].release();
      }
      try {
        if (file != null) {
          file.close();
        }
        if (path != null) {
          Files.deleteIfExists(path);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
