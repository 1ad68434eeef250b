package org.larval.nic;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.file.Path;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;

/** A guest process of its own: sends back each frame with its number, until it is told to end. */
final class EchoGuest {
  private EchoGuest() {}

  /** A frame of this number ends the guest. */
  static final long END = 0x7fff_ffffL;

  private static final class Echo implements Effects {
    private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
    private final Frames frames = new Frames();
    private final VirtualNic nic;
    private boolean ended;

    Echo(Netfile file) throws MalformedNetfile {
      nic = VirtualNic.over(file, "guest", 0, 0, pool, Doorbell.NONE, Doorbell.NONE);
    }

    @Override
    public void forward(Packet packet) {
      long number = frames.number(packet);
      if (number < 0) {
        throw new IllegalStateException("a damaged frame");
      }
      ended = number == END;
      nic.guest().transmit(0, packet, this);
    }

    @Override
    public void send(int port, Packet packet) {
      throw new IllegalStateException("a guest has no port");
    }

    @Override
    public void deliver(Packet packet) {
      packet.release();
    }

    @Override
    public void absorb(Packet packet) {
      packet.release();
    }

    @Override
    public void drop(Packet packet, DropReason reason) {
      throw new IllegalStateException("dropped: " + reason);
    }

    @Override
    public void emit(Event event) {
      throw new IllegalStateException(event.toString());
    }
  }

  public static void main(String[] arguments) throws Exception {
    try (Netfile file = Netfile.open(Path.of(arguments[0]), Netfile.End.GUEST)) {
      Echo echo = new Echo(file);
      System.out.println("ready");
      System.out.flush();
      // an orphan must not live on
      while (!echo.ended && ProcessHandle.current().parent().isPresent()) {
        if (echo.nic.guest().receive(0, echo, 64) == 0) {
          Frames.idle();
        }
      }
    }
  }
}
