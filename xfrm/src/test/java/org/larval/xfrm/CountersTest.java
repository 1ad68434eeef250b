package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.REQID;
import static org.larval.xfrm.Lifetimes.INFINITE;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** For each counter of /proc/net/xfrm_stat, what makes it move by one and no other. */
class CountersTest {
  private static final int SPI = 0x1234;
  private static final Lifetimes NO_PACKETS =
      new Lifetimes(INFINITE, INFINITE, INFINITE, 0, INFINITE, INFINITE, INFINITE, INFINITE);

  /** A bench with one SA each way and a policy each way. */
  static final class Pair {
    final Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT);
    final ScriptedTransform transform = new ScriptedTransform();

    StateBuilder in() {
      return State.of(A, B, SPI, IpProtocol.ESP).reqid(REQID).transform(transform);
    }

    StateBuilder out() {
      return State.of(A, B, SPI, IpProtocol.ESP).reqid(REQID).transform(transform);
    }

    Packet esp(int spi) {
      Packet packet = bench.udp(B);
      State sender = State.of(A, B, spi, IpProtocol.ESP).transform(new PlainEsp()).build();
      Transform plain = sender.transform();
      assertThat(plain).isNotNull();
      assertThat(plain.protect(0, sender, packet)).isNull();
      return packet;
    }

    void input() {
      bench.engine.input(bench.now, esp(SPI), bench.out);
    }

    void send() {
      bench.send(B);
    }

    void judge(State... path) {
      Packet packet = bench.udp(B);
      for (State state : path) {
        packet.addTransform(state);
      }
      if (bench.engine.admits(0, packet, Direction.IN, bench.out)) {
        bench.out.deliver(packet);
      }
    }
  }

  record Case(
      XfrmStats.Counter counter, BiConsumer<Pair, Bench> prepare, BiConsumer<Pair, Bench> act) {
    @Override
    public String toString() {
      return counter.linuxName();
    }
  }

  private static Case inbound(XfrmStats.Counter counter, BiConsumer<Pair, Bench> prepare) {
    return new Case(counter, prepare, (pair, bench) -> pair.input());
  }

  private static Case outbound(XfrmStats.Counter counter, BiConsumer<Pair, Bench> prepare) {
    return new Case(
        counter,
        (pair, bench) -> {
          bench.add(Bench.protect());
          prepare.accept(pair, bench);
        },
        (pair, bench) -> pair.send());
  }

  private static Policy in(Template... templates) {
    return Bench.policy(Direction.IN, Bench.udp(A, B), 0, templates);
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case(
            XfrmStats.Counter.IN_BUFFER_ERROR,
            (pair, bench) -> bench.install(pair.in()),
            (pair, bench) -> {
              Packet packet = pair.esp(SPI);
              State other = pair.in().build();
              while (packet.addTransform(other)) {}
              bench.engine.input(0, packet, bench.out);
            }),
        new Case(
            XfrmStats.Counter.IN_HDR_ERROR,
            (pair, bench) -> bench.install(pair.in()),
            (pair, bench) -> {
              Packet packet = pair.esp(SPI);
              int start = packet.buffer().readerIndex();
              packet.buffer().writerIndex(start + 20 + 7);
              packet.buffer().setShort(start + 2, 27);
              bench.engine.input(0, packet, bench.out);
            }),
        inbound(XfrmStats.Counter.IN_NO_STATES, (pair, bench) -> {}),
        new Case(
            XfrmStats.Counter.IN_NO_STATES,
            (pair, bench) -> bench.install(pair.in()),
            (pair, bench) -> bench.engine.input(0, pair.esp(0), bench.out)),
        inbound(
            XfrmStats.Counter.IN_NO_STATES,
            (pair, bench) -> bench.install(pair.in().mark(new Mark(1, 1)))),
        inbound(
            XfrmStats.Counter.IN_STATE_PROTO_ERROR,
            (pair, bench) -> {
              bench.install(pair.in());
              pair.transform.onOpen = DropReason.XFRM_IN_STATE_PROTO_ERROR;
            }),
        inbound(
            XfrmStats.Counter.IN_STATE_MODE_ERROR,
            (pair, bench) -> {
              bench.install(pair.in());
              pair.transform.onOpen = DropReason.XFRM_IN_STATE_MODE_ERROR;
            }),
        inbound(
            XfrmStats.Counter.IN_STATE_SEQ_ERROR,
            (pair, bench) -> {
              bench.install(pair.in().lifetimes(NO_PACKETS));
              pair.transform.onCheck = DropReason.XFRM_IN_STATE_SEQ_ERROR;
            }),
        inbound(
            XfrmStats.Counter.IN_STATE_EXPIRED,
            (pair, bench) -> {
              bench.install(pair.in().lifetimes(NO_PACKETS));
              pair.transform.onOpen = DropReason.XFRM_IN_STATE_PROTO_ERROR;
            }),
        inbound(
            XfrmStats.Counter.IN_STATE_MISMATCH,
            (pair, bench) -> {
              Encap encap = new Encap(Encap.Type.ESPINUDP, 4500, 4500, IpAddress.ANY4);
              bench.install(pair.in().encap(encap));
              pair.transform.onCheck = DropReason.XFRM_IN_STATE_SEQ_ERROR;
            }),
        inbound(
            XfrmStats.Counter.IN_STATE_INVALID,
            (pair, bench) -> {
              Encap encap = new Encap(Encap.Type.ESPINUDP, 4500, 4500, IpAddress.ANY4);
              State state = bench.install(pair.in().encap(encap));
              state.lifecycle = State.Lifecycle.EXPIRED;
            }),
        inbound(
            XfrmStats.Counter.ACQUIRE_ERROR,
            (pair, bench) -> bench.engine.sad().reserve(0, State.of(A, B, SPI, 50).build())),
        inbound(
            XfrmStats.Counter.IN_STATE_DIR_ERROR,
            (pair, bench) -> {
              State state = bench.install(pair.in().direction(Direction.OUT));
              state.lifecycle = State.Lifecycle.EXPIRED;
            }),
        new Case(
            XfrmStats.Counter.IN_TMPL_MISMATCH,
            (pair, bench) -> bench.add(in(Bench.esp(REQID))),
            (pair, bench) -> pair.judge()),
        new Case(
            XfrmStats.Counter.IN_NO_POLS,
            (pair, bench) -> {},
            (pair, bench) -> pair.judge(pair.in().mode(Mode.TUNNEL).build())),
        outbound(XfrmStats.Counter.OUT_NO_STATES, (pair, bench) -> {}),
        outbound(
            XfrmStats.Counter.OUT_STATE_PROTO_ERROR,
            (pair, bench) -> {
              bench.install(pair.out());
              pair.transform.onProtect = DropReason.XFRM_OUT_STATE_PROTO_ERROR;
            }),
        // The mode is looked at before the limits.
        outbound(
            XfrmStats.Counter.OUT_STATE_MODE_ERROR,
            (pair, bench) -> {
              bench.install(pair.out().lifetimes(NO_PACKETS));
              pair.transform.onFits = DropReason.XFRM_OUT_STATE_MODE_ERROR;
            }),
        outbound(
            XfrmStats.Counter.OUT_STATE_SEQ_ERROR,
            (pair, bench) -> {
              bench.install(pair.out());
              pair.transform.onProtect = DropReason.XFRM_OUT_STATE_SEQ_ERROR;
            }),
        outbound(
            XfrmStats.Counter.OUT_STATE_EXPIRED,
            (pair, bench) -> {
              bench.install(pair.out().lifetimes(NO_PACKETS));
              pair.transform.onProtect = DropReason.XFRM_OUT_STATE_SEQ_ERROR;
            }),
        new Case(
            XfrmStats.Counter.OUT_POL_BLOCK,
            (pair, bench) -> bench.add(Bench.block(Bench.udp(A, B), 0)),
            (pair, bench) -> pair.send()),
        new Case(
            XfrmStats.Counter.OUT_POL_ERROR,
            (pair, bench) -> {
              Template one = Bench.esp(REQID);
              bench.add(
                  Bench.policy(Direction.OUT, Bench.udp(A, B), 0, one, one, one, one, one, one));
            },
            (pair, bench) -> pair.send()),
        new Case(
            XfrmStats.Counter.OUT_STATE_INVALID,
            (pair, bench) -> {
              bench.add(Bench.protect());
              bench.install(pair.out());
            },
            (pair, bench) -> {
              Bundle bundle = (Bundle) bench.lookup(B, Who.FORWARD);
              bench.engine.sad().flush(0, bench.out);
              bench.engine.output(0, bench.udp(B), bundle, 1500, bench.out);
            }));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void exactlyOneCounterMovesByOne(Case one) {
    Pair pair = new Pair();
    try (Bench bench = pair.bench) {
      one.prepare().accept(pair, bench);
      one.act().accept(pair, bench);
      for (XfrmStats.Counter counter : XfrmStats.Counter.values()) {
        assertThat(bench.count(counter))
            .as(counter.linuxName())
            .isEqualTo(counter == one.counter() ? 1 : 0);
      }
      assertThat(bench.forwarded()).isZero();
      assertThat(bench.out.drops()).hasSize(1);
    }
  }

  /** As in the kernel, where the failed resolution is counted again by the look-up. */
  @Test
  void anInboundStateFoundOutboundMovesTwo() {
    Pair pair = new Pair();
    try (Bench bench = pair.bench) {
      bench.add(Bench.protect());
      bench.install(pair.out().direction(Direction.IN));
      Lookup answer = bench.lookup(B, Who.LOCAL_NONBLOCKING);
      assertThat(answer)
          .isInstanceOfSatisfying(
              Lookup.Refuse.class,
              refuse -> {
                assertThat(refuse.errno()).isEqualTo(org.larval.packet.Errno.EINVAL);
                assertThat(refuse.reason()).isEqualTo(DropReason.XFRM_OUT_STATE_DIR_ERROR);
              });
      List<XfrmStats.Counter> moved =
          List.of(XfrmStats.Counter.OUT_STATE_DIR_ERROR, XfrmStats.Counter.OUT_POL_ERROR);
      for (XfrmStats.Counter counter : XfrmStats.Counter.values()) {
        assertThat(bench.count(counter)).isEqualTo(moved.contains(counter) ? 1 : 0);
      }
    }
  }

  /** An authentic packet that does not fit the mode is counted, one refused before is not. */
  @Test
  void bytesAreCountedOnceAPacketIsAuthentic() {
    Pair pair = new Pair();
    try (Bench bench = pair.bench) {
      State state = bench.install(pair.in());
      pair.transform.onOpen = DropReason.XFRM_IN_STATE_PROTO_ERROR;
      pair.input();
      assertThat(state.packets()).isZero();
      assertThat(state.lastUsed()).isEqualTo(-1);
      pair.transform.onOpen = DropReason.XFRM_IN_STATE_MODE_ERROR;
      pair.input();
      assertThat(state.packets()).isOne();
      assertThat(state.bytes()).isEqualTo(100);
      assertThat(state.lastUsed()).isZero();
    }
  }
}
