package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv6View;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.transform.StateMaker;

/**
 * Tunnels that move (XFRM_MSG_MIGRATE) to another family or into UDP, at both ends, with real keys:
 * what xfrm_state_clone copies goes on, and no nonce comes twice.
 */
class MigrationTest {
  private static final IpAddress S4 = IpAddress.parse("192.0.2.1");
  private static final IpAddress T4 = IpAddress.parse("192.0.2.2");
  private static final IpAddress S6 = IpAddress.parse("2001:db8::1");
  private static final IpAddress T6 = IpAddress.parse("2001:db8::2");
  private static final Encap NAT = new Encap(Encap.Type.ESPINUDP, 4500, 4500, IpAddress.ANY4);
  private static final String GCM =
      "aead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128";
  private static final String CBC =
      "auth-trunc hmac(sha256) 0x"
          + "a1a2a3a4a5a6a7a8a1a2a3a4a5a6a7a8a1a2a3a4a5a6a7a8a1a2a3a4a5a6a7a8"
          + " 128 enc cbc(aes) 0x000102030405060708090a0b0c0d0e0f";

  private final Bench sender = new Bench(SaMissPolicy.LINUX_DEFAULT);
  private final Bench receiver = new Bench(SaMissPolicy.LINUX_DEFAULT);
  private final StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(5));
  private final Set<String> ivs = new HashSet<>();

  @AfterEach
  void everyPacketWasReleased() {
    sender.close();
    receiver.close();
  }

  private State both(String line) {
    State made = null;
    for (Bench bench : List.of(receiver, sender)) {
      IpXfrmCommand command = new IpXfrm(context -> 0).parse("ip xfrm " + line);
      if (command instanceof IpXfrmCommand.StateAdd add) {
        made = add.state(maker);
        assertThat(bench.engine.sad().install(0, made, bench.out)).isEqualTo(Errno.OK);
      }
    }
    return Objects.requireNonNull(made);
  }

  private void policies(Template... templates) {
    sender.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 0, templates));
    receiver.add(Bench.policy(Direction.IN, Bench.udp(A, B), 0, templates));
  }

  private static Template tunnel(int protocol, Mode mode) {
    return new Template(S4, T4, 0, protocol, Bench.REQID, mode, false);
  }

  private static Migration toV6(int protocol) {
    return new Migration(S4, T4, S6, T6, protocol, Mode.TUNNEL, Bench.REQID);
  }

  private static Migration staying(int protocol) {
    return new Migration(S4, T4, S4, T4, protocol, Mode.TUNNEL, Bench.REQID);
  }

  private Errno migrate(Bench bench, @Nullable Encap encap, Migration... migrations) {
    Direction direction = bench == sender ? Direction.OUT : Direction.IN;
    return bench.engine.migrate(
        bench.now, Bench.udp(A, B), direction, List.of(migrations), encap, 0, bench.out);
  }

  private void migrateBoth(@Nullable Encap encap, Migration... migrations) {
    assertThat(migrate(sender, encap, migrations)).isEqualTo(Errno.OK);
    assertThat(migrate(receiver, encap, migrations)).isEqualTo(Errno.OK);
  }

  /** Sends one packet and answers what leaves. */
  private byte[] send() {
    assertThat(sender.send(sender.udp(B), Who.FORWARD)).isEqualTo(Errno.OK);
    Packet sealed = sender.packets().getFirst();
    byte[] bytes = ByteBufUtil.getBytes(sealed.buffer());
    sender.out.clear();
    return bytes;
  }

  private List<Packet> receive(byte[] bytes, boolean udp) {
    Packet packet = receiver.pool.make(0, bytes.length);
    packet.buffer().writeBytes(bytes);
    if (udp) {
      receiver.engine.inputEncapsulated(0, packet, receiver.out);
    } else {
      receiver.engine.input(0, packet, receiver.out);
    }
    return receiver.packets();
  }

  /** One packet goes through, with this number and an IV that never was. */
  private byte[] through(int sequence, int headers, int ivLength) {
    byte[] bytes = send();
    ByteBuffer esp = ByteBuffer.wrap(bytes, headers, bytes.length - headers);
    assertThat(esp.getInt()).isEqualTo(0x1001);
    assertThat(esp.getInt()).isEqualTo(sequence);
    byte[] iv = new byte[ivLength];
    esp.get(iv);
    assertThat(ivs.add(HexFormat.of().formatHex(iv))).isTrue();
    boolean udp = bytes[0] >>> 4 == 4 ? bytes[9] == 17 : bytes[6] == 17;
    ByteBuf inner = receive(bytes, udp).getFirst().buffer();
    assertThat(inner.getInt(inner.readerIndex() + 16)).isEqualTo(B.v4Bits());
    receiver.out.clear();
    return bytes;
  }

  private static State only(Bench bench) {
    List<State> states = bench.engine.sad().list();
    assertThat(states).hasSize(1);
    return states.getFirst();
  }

  private static Transform transform(State state) {
    return Objects.requireNonNull(state.transform());
  }

  @ParameterizedTest
  @ValueSource(strings = {GCM, CBC})
  void aTunnelMovesFromIpv4ToIpv6AndBack(String keys) {
    int iv = keys.equals(GCM) ? 8 : 16;
    both(
        "state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 reqid 7 mode tunnel "
            + "replay-window 32 limit packet-hard 9 "
            + keys);
    policies(tunnel(IpProtocol.ESP, Mode.TUNNEL));
    through(1, 20, iv);
    byte[] old = through(2, 20, iv);
    State before = only(sender);
    Transform keyed = transform(before);
    migrateBoth(null, toV6(IpProtocol.ESP));

    byte[] moved = through(3, 40, iv);
    assertThat(Arrays.copyOfRange(moved, 8, 40)).isEqualTo(bytes(S6, T6));
    State after = only(sender);
    assertThat(after.target()).isEqualTo(T6);
    assertThat(after.packets()).isEqualTo(3);
    assertThat(after.lifetimes().hardPackets()).isEqualTo(9);
    assertThat(transform(after).mtu(1500)).isEqualTo(iv == 8 ? 1426 : 1406);
    // the old one can do nothing any more
    Packet late = sender.udp(B);
    assertThat(keyed.protect(0, before, late)).isEqualTo(DropReason.XFRM_OUT_STATE_INVALID);
    sender.out.drop(late, DropReason.XFRM_OUT_STATE_INVALID);
    assertThat(receive(old, false)).isEmpty();
    assertThat(receiver.out.drops()).containsExactly(DropReason.XFRM_IN_NO_STATES);
    // the window moved along: what was seen over IPv4 is a replay over IPv6
    receiver.out.clear();
    assertThat(receive(overIpv6(old), false)).isEmpty();
    assertThat(receiver.out.drops()).containsExactly(DropReason.XFRM_IN_STATE_SEQ_ERROR);
    assertThat(only(receiver).stats()).isEqualTo(new StateStats(0, 1, 0));
    receiver.out.clear();

    Migration back = new Migration(S6, T6, S4, T4, IpProtocol.ESP, Mode.TUNNEL, Bench.REQID);
    migrateBoth(null, back);
    through(4, 20, iv);
    // statistics begin anew
    assertThat(only(receiver).stats()).isEqualTo(StateStats.NONE);
    assertThat(only(receiver).packets()).isEqualTo(4);
  }

  private static byte[] bytes(IpAddress... addresses) {
    ByteBuffer bytes = ByteBuffer.allocate(addresses.length * 16);
    for (IpAddress address : addresses) {
      bytes.putLong(address.high()).putLong(address.low());
    }
    return bytes.array();
  }

  private static byte[] overIpv6(byte[] v4) {
    byte[] moved = new byte[v4.length + 20];
    Ipv6View.emit(
        io.netty.buffer.Unpooled.wrappedBuffer(moved),
        0,
        0,
        0,
        v4.length - 20,
        IpProtocol.ESP,
        64,
        S6,
        T6);
    System.arraycopy(v4, 20, moved, 40, v4.length - 20);
    return moved;
  }

  @Test
  void encapsulationAppearsAndChangesPorts() {
    both(
        "state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 reqid 7 mode tunnel "
            + "replay-window 64 flag esn replay-seq-hi 0x1 replay-oseq-hi 0x1 "
            + GCM);
    policies(tunnel(IpProtocol.ESP, Mode.TUNNEL));
    through(1, 20, 8);
    migrateBoth(NAT, staying(IpProtocol.ESP));
    byte[] udp = through(2, 28, 8);
    assertThat(ByteBuffer.wrap(udp).getInt(20)).isEqualTo(4500 << 16 | 4500);
    assertThat(transform(only(sender)).mtu(1500)).isEqualTo(1438);
    assertThat(transform(only(sender)).lastOut()).isEqualTo(0x1_0000_0002L);
    migrateBoth(
        new Encap(Encap.Type.ESPINUDP, 1024, 4500, IpAddress.ANY4), staying(IpProtocol.ESP));
    byte[] moved = through(3, 28, 8);
    assertThat(ByteBuffer.wrap(moved).getInt(20)).isEqualTo(1024 << 16 | 4500);
    // none asked for: what was there stays
    migrateBoth(null, staying(IpProtocol.ESP));
    assertThat(only(sender).encap()).isNotNull();
    through(4, 28, 8);
    // plain ESP does not fit it any more
    byte[] plain = new byte[moved.length - 8];
    System.arraycopy(moved, 0, plain, 0, 20);
    System.arraycopy(moved, 28, plain, 20, moved.length - 28);
    plain[9] = IpProtocol.ESP;
    ByteBuffer header = ByteBuffer.wrap(plain);
    header.putShort(2, (short) plain.length);
    header.putShort(10, (short) 0);
    header.putShort(10, (short) GoldenCapture.checksum(plain, 0, 20));
    assertThat(receive(plain, false)).isEmpty();
    assertThat(receiver.out.drops()).containsExactly(DropReason.XFRM_IN_STATE_MISMATCH);
  }

  /** AH takes no encapsulation (ah_init_state): nothing moves then, and all goes on as it was. */
  @Test
  void whatCannotBeInitialisedFailsAsAWhole() {
    both(
        "state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 reqid 7 mode tunnel "
            + "replay-window 32 "
            + GCM);
    both(
        "state add src 192.0.2.1 dst 192.0.2.2 proto ah spi 0x1002 reqid 7 mode transport "
            + "replay-window 32 auth-trunc hmac(sha256) 0x"
            + "b2".repeat(32)
            + " 128");
    policies(tunnel(IpProtocol.ESP, Mode.TUNNEL), tunnel(IpProtocol.AH, Mode.TRANSPORT));
    Migration ah = new Migration(S4, T4, S4, T4, IpProtocol.AH, Mode.TRANSPORT, Bench.REQID);
    byte[] first = send();
    assertThat(receive(first, false)).hasSize(1);
    receiver.out.clear();
    for (Bench bench : List.of(sender, receiver)) {
      assertThat(migrate(bench, NAT, staying(IpProtocol.ESP), ah)).isEqualTo(Errno.ENODATA);
      assertThat(bench.engine.sad().list())
          .extracting(State::lifecycle)
          .containsExactly(State.Lifecycle.VALID, State.Lifecycle.VALID);
      assertThat(bench.out.events(XfrmEvent.Migrated.class)).isEmpty();
    }
    byte[] second = send();
    assertThat(ByteBuffer.wrap(second).getInt(28)).isEqualTo(2);
    assertThat(receive(second, false)).hasSize(1);
    receiver.out.clear();
    // without encapsulation both move together, in one step
    Migration ahToV6 = new Migration(S4, T4, S6, T6, IpProtocol.AH, Mode.TRANSPORT, Bench.REQID);
    // but AH in transport mode carries the family that it was made for
    assertThat(migrate(sender, null, toV6(IpProtocol.ESP), ahToV6)).isEqualTo(Errno.ENODATA);
    byte[] third = send();
    assertThat(receive(third, false)).hasSize(1);
  }

  @Test
  void anIpcompTunnelTakesItsCompanionAlong() {
    both(
        "state add src 192.0.2.1 dst 192.0.2.2 proto comp spi 0x1001 reqid 7 mode tunnel "
            + "comp deflate");
    policies(new Template(S4, T4, 0, IpProtocol.IPCOMP, Bench.REQID, Mode.TUNNEL, false));
    migrateBoth(null, toV6(IpProtocol.IPCOMP));
    for (Bench bench : List.of(sender, receiver)) {
      List<IpAddress> targets = new ArrayList<>();
      bench.engine.sad().list().forEach(state -> targets.add(state.target()));
      assertThat(targets).containsExactly(T6, T6);
      assertThat(bench.engine.sad().list())
          .extracting(state -> state.id().protocol())
          .containsExactlyInAnyOrder(IpProtocol.IPCOMP, IpProtocol.IPV6);
    }
    byte[] bytes = send();
    assertThat(bytes[6]).isEqualTo((byte) IpProtocol.IPCOMP);
    assertThat(receive(bytes, false)).hasSize(1);
    // companions are found by the source that the tunnel has now
    Packet plain = receiver.pool.make(0, 200);
    int at = plain.buffer().readerIndex();
    plain.buffer().writeZero(40);
    Ipv6View.emit(plain.buffer(), at, 0, 0, 128, IpProtocol.IPV4, 64, S6, T6);
    Packet inner = receiver.udp(B);
    plain.buffer().writeBytes(inner.buffer());
    receiver.out.drop(inner, DropReason.MALFORMED);
    assertThat(receiver.engine.opensPlainTunnel(plain)).isTrue();
    receiver.out.drop(plain, DropReason.MALFORMED);
  }
}
