package org.larval.xfrm.transform;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.EspView;
import org.larval.wire.UdpView;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.State;
import org.larval.xfrm.StateBuilder;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.Transform;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.IvSource;
import org.larval.xfrm.crypto.Protection;

/**
 * Opens recorded packets of one SA, and builds them again with what their sender chose freely: the
 * sequence number, the IV, how far a packet was filled up, and what {@link StateMaker#recorded}
 * takes from it. Everything else follows from the SA and the inner packet.
 *
 * <p>A nonce is used twice on purpose here, which is why no transform leaves this class: it answers
 * bytes, and each packet gets a transform of its own that ends with it.
 */
public final class Reseal {
  private static final int WINDOW = 32;

  private final StateMaker maker;
  private final StateBuilder identity;
  private final SaParameters parameters;
  private final PacketPool pool = new PacketPool(new UnpooledByteBufAllocator(false), false);
  private final IpPlace place = new IpPlace();

  /**
   * What became of a packet.
   *
   * @param packet the bytes from the IP header on; empty if it was refused
   * @param refused why, or null
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, compared by nobody
  public record Outcome(byte[] packet, @Nullable DropReason refused) {}

  /**
   * For one SA.
   *
   * @param identity addresses, SPI, mode and the like; its transform is set here
   * @throws IllegalArgumentException in words for the user, as {@link StateMaker#state}
   */
  public Reseal(CryptoBackend backend, StateBuilder identity, SaParameters parameters) {
    this.identity = identity;
    this.parameters = parameters;
    maker = new StateMaker(backend, () -> 0);
    erase(maker.state(identity, parameters));
  }

  /**
   * Opens a packet whatever was received before. The inner packet is as it was sent: congestion
   * marks and DSCP of the outer header are not told to it.
   *
   * @param captured from the IP header on, whole
   * @param sequence all 64 bits with extended sequence numbers, else the 32 of the packet
   */
  public Outcome open(byte[] captured, long sequence) {
    boolean extended = parameters.extended();
    EnumSet<StateFlag> flags = EnumSet.of(StateFlag.NOECN);
    flags.addAll(parameters.flags());
    flags.remove(StateFlag.DECAP_DSCP);
    SaParameters fresh =
        parameters
            .withReplayWindow(extended ? WINDOW : 0)
            .withSequences(extended ? sequence - 1 : 0, 0)
            .withFlags(flags);
    if (!place.locate(Unpooled.wrappedBuffer(captured))) {
      return new Outcome(new byte[0], DropReason.XFRM_IN_HDR_ERROR);
    }
    return run(maker.recorded(identity, fresh, IvSource.none(), captured), captured, true);
  }

  /**
   * Builds a packet again.
   *
   * @param opened what {@link #open} made of it
   * @param captured as it was recorded
   * @param sequence as for {@link #open}
   */
  public Outcome seal(byte[] opened, byte[] captured, long sequence) {
    boolean numbered = !(parameters.protection() instanceof Protection.Compression);
    if (numbered && sequence == 0 && parameters.extended()) {
      return new Outcome(new byte[0], DropReason.XFRM_OUT_STATE_SEQ_ERROR);
    }
    ByteBuf data = Unpooled.wrappedBuffer(captured);
    if (!place.locate(data)) {
      return new Outcome(new byte[0], DropReason.XFRM_OUT_ERROR);
    }
    IvSource iv = iv(data);
    Outcome filled = seal(opened, captured, iv, sequence, filling());
    if (parameters.tfcPad() == 0 || Arrays.equals(filled.packet, captured)) {
      return filled;
    }
    // longer than its path carries: not filled at all
    return seal(opened, captured, iv, sequence, 0);
  }

  private Outcome seal(byte[] opened, byte[] captured, IvSource iv, long sequence, int filling) {
    SaParameters again = parameters.withSequences(0, Math.max(0, sequence - 1)).withTfcPad(filling);
    State sa = maker.recorded(identity, again, iv, captured);
    if (sequence == 0) {
      ((IpsecTransform) transformOf(sa)).counter.beforeZero();
    }
    return run(sa, opened, false);
  }

  private Outcome run(State sa, byte[] bytes, boolean inbound) {
    Packet packet = pool.make(0, bytes.length);
    try {
      packet.buffer().writeBytes(bytes);
      packet.headers(packet.buffer().readerIndex(), -1);
      Transform transform = transformOf(sa);
      DropReason refused = inbound ? open(transform, sa, packet) : transform.protect(0, sa, packet);
      return refused == null
          ? new Outcome(ByteBufUtil.getBytes(packet.buffer()), null)
          : new Outcome(new byte[0], refused);
    } finally {
      packet.release();
      erase(sa);
    }
  }

  private static @Nullable DropReason open(Transform transform, State sa, Packet packet) {
    IpPlace own = new IpPlace();
    return own.locate(packet.buffer())
        ? transform.open(0, sa, packet, own)
        : DropReason.XFRM_IN_HDR_ERROR;
  }

  private static Transform transformOf(State sa) {
    Transform transform = sa.transform();
    if (transform == null) {
      throw new AssertionError("a state without transform");
    }
    return transform;
  }

  private static void erase(State sa) {
    transformOf(sa).erase();
  }

  private int espAt() {
    return place.upper() + (parameters.encap() == null ? 0 : UdpView.HEADER);
  }

  private int ivLength() {
    return switch (parameters.protection()) {
      case Protection.Combined combined -> combined.algorithm().ivLength();
      case Protection.Separate separate -> separate.algorithm().ivLength();
      default -> 0;
    };
  }

  private int icvLength() {
    return switch (parameters.protection()) {
      case Protection.Combined combined -> combined.icvBits() / 8;
      case Protection.Separate separate -> {
        Protection.Authentication auth = separate.auth();
        yield auth == null ? 0 : auth.icvBits() / 8;
      }
      default -> 0;
    };
  }

  private IvSource iv(ByteBuf data) {
    int at = espAt() + EspView.HEADER;
    int length = Math.min(ivLength(), Math.max(0, place.end() - at));
    return IvSource.recorded(ByteBufUtil.getBytes(data, at, length));
  }

  /**
   * The sender filled up to the smaller of {@code tfcpad} and what its path carried. The second is
   * not in the SA: it is seen in a packet that was filled less than {@code tfcpad} asks for.
   */
  private int filling() {
    int wanted = parameters.tfcPad();
    int clear = place.end() - espAt() - EspView.HEADER - ivLength() - icvLength();
    return Math.max(0, Math.min(wanted, clear - 2));
  }
}
