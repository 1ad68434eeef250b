package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;
import static org.larval.xfrm.Bench.C;
import static org.larval.xfrm.Bench.S;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.grammar.IpXfrmException;
import org.larval.xfrm.transform.StateMaker;

/** When keepalives are due, as nat_keepalive_work_single reckons it for one SA. */
class NatKeepaliveTest {
  private static final Encap NAT = new Encap(Encap.Type.ESPINUDP, 4500, 4500, IpAddress.ANY4);

  private static StateBuilder sa(Bench bench, @Nullable Direction direction) {
    return bench.sa(A, B).encap(NAT).direction(direction).natKeepaliveInterval(5);
  }

  /** Lets time pass and notes at which seconds keepalives were due. */
  private static List<Long> seconds(Bench bench, long until) {
    List<Long> times = new ArrayList<>();
    while (bench.engine.deadline() <= until) {
      bench.now = bench.engine.deadline();
      int before = bench.out.events(XfrmEvent.Keepalive.class).size();
      bench.engine.onDeadline(bench.now, bench.out);
      for (int i = bench.out.events(XfrmEvent.Keepalive.class).size(); i > before; i--) {
        times.add(bench.now / S);
      }
    }
    bench.now = until;
    return times;
  }

  @Test
  void anIdleSaSendsOneAtOnceAndThenEveryInterval() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.install(sa(bench, Direction.OUT));
      assertThat(seconds(bench, 16 * S)).containsExactly(0L, 5L, 10L, 15L);
    }
  }

  @Test
  void whatTheSaSendsPutsTheNextOff() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.protect());
      State state = bench.install(sa(bench, Direction.OUT));
      List<Long> times = new ArrayList<>(seconds(bench, 3 * S));
      for (int second = 3; second <= 12; second++) {
        assertThat(bench.send(B)).isEqualTo(Errno.OK);
        times.addAll(seconds(bench, second * S + S));
      }
      assertThat(state.packets()).isEqualTo(10);
      assertThat(times).containsExactly(0L);
      // last used at 12
      assertThat(seconds(bench, 30 * S)).containsExactly(17L, 22L, 27L);
      assertThat(state.packets()).isEqualTo(10);
    }
  }

  @Test
  void aDeletedSaSendsNoMore() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      State state = bench.install(sa(bench, Direction.OUT));
      assertThat(seconds(bench, 6 * S)).containsExactly(0L, 5L);
      assertThat(bench.engine.sad().delete(bench.now, state.id(), 0, bench.out))
          .isEqualTo(Errno.OK);
      assertThat(seconds(bench, 60 * S)).isEmpty();
      assertThat(bench.engine.deadline()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void onlyAnOutboundSaInUdpMayAskForThem() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      for (Direction direction : new Direction[] {null, Direction.IN}) {
        State state = sa(bench, direction).build();
        assertThat(bench.engine.sad().install(0, state, bench.out)).isEqualTo(Errno.EINVAL);
      }
      State bare = bench.sa(A, B).direction(Direction.OUT).natKeepaliveInterval(5).build();
      assertThat(bench.engine.sad().install(0, bare, bench.out)).isEqualTo(Errno.EINVAL);
    }
  }

  @Test
  void aMovedSaKeepsItsInterval() {
    try (Bench bench = new Bench(SaMissPolicy.LINUX_DEFAULT)) {
      bench.add(Bench.policy(Direction.OUT, Bench.udp(A, B), 0, Bench.tunnel(A, B)));
      bench.install(sa(bench, Direction.OUT).mode(Mode.TUNNEL).transform(new ScriptedTransform()));
      assertThat(seconds(bench, 7 * S)).containsExactly(0L, 5L);
      Migration move = new Migration(A, B, A, C, IpProtocol.ESP, Mode.TUNNEL, Bench.REQID);
      assertThat(
              bench.engine.migrate(
                  bench.now, Bench.udp(A, B), Direction.OUT, List.of(move), null, 0, bench.out))
          .isEqualTo(Errno.OK);
      bench.out.clear();
      assertThat(seconds(bench, 13 * S)).containsExactly(7L, 12L);
      assertThat(bench.out.events(XfrmEvent.Keepalive.class).getFirst().state().target())
          .isEqualTo(C);
    }
  }

  @Test
  void aLineCanAskForThem() {
    IpXfrm grammar = new IpXfrm(context -> 0);
    String line =
        "ip xfrm state add src 10.9.0.1 dst 10.9.0.2 proto esp spi 0x1 mode transport"
            + " aead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128";
    String udp = line + " encap espinudp 4500 4500 0.0.0.0";
    IpXfrmCommand command = grammar.parse(udp + " dir out nat-keepalive-interval 20");
    assertThat(command).isInstanceOf(IpXfrmCommand.StateAdd.class);
    State state =
        ((IpXfrmCommand.StateAdd) command)
            .state(new StateMaker(CryptoBackend.jce(), new Random(1)));
    assertThat(state.natKeepaliveInterval()).isEqualTo(20);
    for (String wrong : List.of(line + " dir out", udp, udp + " dir in")) {
      assertThatThrownBy(() -> grammar.parse(wrong + " nat-keepalive-interval 20"))
          .isInstanceOf(IpXfrmException.class)
          .hasMessageContaining("nat-keepalive-interval");
    }
  }
}
