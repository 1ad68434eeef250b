package org.larval.xfrm.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.GoldenCapture;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.State;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.IvSource;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;

/**
 * Captures of a Linux kernel with several SAs to a packet, BEET mode, IPComp and AH over options:
 * every layer is opened, and from what was in it built again to the same bytes.
 */
class LayersGoldenTest {
  static final List<String> CAPTURES =
      List.of(
          "ah-transport-sha256-align4-v4",
          "ah-transport-sha256-v4-opt-mix",
          "ah-transport-sha256-v4-opt-lsrr",
          "ah-transport-sha256-v6-ext-hoprth",
          "ah-transport-sha256-v6-ext-hopmut",
          "comp-esp-ah-transport-v4",
          "comp-tunnel-v6",
          "comp-esp-tunnel-gcm128-v4",
          "esp-ah-transport-chacha-sha512-v6",
          "esp-beet-gcm128-4in6",
          "esp-beet-gcm128-6in4",
          "esp-beet-gcm128-v4-opt-rr",
          "esp-beet-chacha-udpencap-v6",
          "esp-tunnel-gcm128-tfcpad-v4",
          "nested-tunnel-gcm128-chacha-v6");

  private static final long B4 = 0x0a090002;

  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
  private final StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(1));
  private final IpPlace place = new IpPlace();

  @AfterEach
  void everyPacketWasReleased() {
    assertThat(pool.live()).isZero();
  }

  /** One SA on both of its ends, and one of its packets before it was opened. */
  @SuppressWarnings("ArrayRecordComponent") // test data, never compared
  private record Layer(IpXfrmCommand.StateAdd add, byte[] captured, long sequence, byte[] opened) {}

  /** What was met in a capture. */
  static final class Tally {
    int layers;
    int identical;
    final List<String> failures = new ArrayList<>();
  }

  @ParameterizedTest
  @FieldSource("CAPTURES")
  void everyLayerIsOpenedAndBuiltAgain(String name) {
    Tally tally = tally(GoldenCapture.read(name));
    assertThat(tally.failures).isEmpty();
    assertThat(tally.layers).isPositive();
    assertThat(tally.identical).isEqualTo(tally.layers);
  }

  Tally tally(GoldenCapture capture) {
    Map<State.Id, IpXfrmCommand.StateAdd> adds = new LinkedHashMap<>();
    Map<State.Id, State> receivers = new LinkedHashMap<>();
    IpXfrm grammar = new IpXfrm(context -> 0);
    for (String line : capture.commands()) {
      if (line.contains("state add")
          && grammar.parse(line) instanceof IpXfrmCommand.StateAdd add
          && add.namespace()
              .equals(add.target().low() == B4 || add.target().low() == 2 ? "b" : "")) {
        State.Id id = new State.Id(add.target(), add.spi(), add.protocol());
        adds.put(id, add);
        receivers.put(id, add.state(maker));
      }
    }
    Tally tally = new Tally();
    int number = 0;
    for (byte[] frame : capture.packets()) {
      number++;
      List<Layer> layers = new ArrayList<>();
      byte[] packet = frame;
      State.Id id = idOf(packet, adds);
      while (id != null) {
        State receiver = Objects.requireNonNull(receivers.get(id));
        Layer layer = open(Objects.requireNonNull(adds.get(id)), receiver, packet, number, tally);
        if (layer == null) {
          break;
        }
        layers.add(layer);
        packet = layer.opened;
        id = idOf(packet, adds);
      }
      tally.layers += layers.size();
      for (Layer layer : layers.reversed()) {
        byte[] made = seal(layer, number, tally);
        if (Arrays.equals(made, layer.captured)) {
          tally.identical++;
        } else {
          int at = Arrays.mismatch(made, layer.captured);
          tally.failures.add(
              "packet %d %s: %d bytes instead of %d, differ at %d"
                  .formatted(
                      number,
                      layer.add.identity().build(),
                      made.length,
                      layer.captured.length,
                      at));
        }
      }
    }
    return tally;
  }

  private State.@Nullable Id idOf(byte[] packet, Map<State.Id, IpXfrmCommand.StateAdd> adds) {
    ByteBuf data = Unpooled.wrappedBuffer(packet);
    if (!place.locate(data) || place.isFragment() || place.end() - place.upper() < 8) {
      return null;
    }
    IpAddress target = IpAddress.read(data, place.start() + (place.v6() ? 24 : 16), place.v6());
    int spi =
        switch (place.protocol()) {
          case IpProtocol.ESP -> data.getInt(place.upper());
          case IpProtocol.AH -> data.getInt(place.upper() + 4);
          case IpProtocol.IPCOMP -> data.getUnsignedShort(place.upper() + 2);
          case IpProtocol.UDP ->
              place.end() - place.upper() < 16 ? 0 : data.getInt(place.upper() + 8);
          default -> 0;
        };
    int protocol = place.protocol() == IpProtocol.UDP ? IpProtocol.ESP : place.protocol();
    State.Id id = new State.Id(target, spi, protocol);
    return adds.containsKey(id) ? id : null;
  }

  private @Nullable Layer open(
      IpXfrmCommand.StateAdd add, State receiver, byte[] captured, int number, Tally tally) {
    Packet packet = pool.make(0, captured.length);
    packet.buffer().writeBytes(captured);
    DropReason reason = Arrival.open(receiver, packet);
    byte[] opened = ByteBufUtil.getBytes(packet.buffer());
    packet.release();
    if (reason == DropReason.XFRM_IN_STATE_SEQ_ERROR) {
      // The kernel captures each packet that it took out of a tunnel, protected ones too.
      return null;
    }
    if (reason != null) {
      tally.layers++;
      tally.failures.add("packet " + number + " " + receiver + ": " + reason);
      return null;
    }
    long sequence = ((IpsecTransform) Objects.requireNonNull(receiver.transform())).lastIn();
    if (!add.parameters().extended() && add.protocol() != IpProtocol.IPCOMP) {
      place.locate(Unpooled.wrappedBuffer(captured));
      int udp = add.parameters().encap() == null ? 0 : 8;
      int at = place.upper() + udp + (add.protocol() == IpProtocol.AH ? 8 : 4);
      sequence = Unpooled.wrappedBuffer(captured).getUnsignedInt(at);
    }
    return new Layer(add, captured, sequence, opened);
  }

  private byte[] seal(Layer layer, int number, Tally tally) {
    ByteBuf data = Unpooled.wrappedBuffer(layer.captured);
    assertThat(place.locate(data)).isTrue();
    IpXfrmCommand.StateAdd add = layer.add;
    SaParameters parameters = add.parameters();
    int esp = place.upper() + 8 + (parameters.encap() == null ? 0 : 8);
    IvSource iv = IvSource.recorded(ByteBufUtil.getBytes(data, esp, ivLength(parameters)));
    if (add.protocol() != IpProtocol.IPCOMP) {
      parameters = parameters.withSequences(0, layer.sequence - 1);
    }
    State sender = maker.recorded(add.identity(), parameters, iv, layer.captured);
    Packet packet = pool.make(0, layer.opened.length);
    packet.buffer().writeBytes(layer.opened);
    DropReason reason = Objects.requireNonNull(sender.transform()).protect(0, sender, packet, 1500);
    byte[] made = ByteBufUtil.getBytes(packet.buffer());
    packet.release();
    if (reason != null) {
      tally.failures.add("packet " + number + " " + sender + ": " + reason);
    }
    return made;
  }

  private static int ivLength(SaParameters parameters) {
    return switch (parameters.protection()) {
      case Protection.Combined combined -> combined.algorithm().ivLength();
      case Protection.Separate separate -> separate.algorithm().ivLength();
      default -> 0;
    };
  }
}
