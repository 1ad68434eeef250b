package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.transform.StateMaker;

/** The end that packets of one direction go to. */
final class Receiver {
  /** The flip changes what nobody protects: it may open to anything. */
  static final Set<DropReason> ANYTHING =
      Set.of(
          DropReason.XFRM_IN_STATE_SEQ_ERROR,
          DropReason.XFRM_IN_STATE_PROTO_ERROR,
          DropReason.XFRM_IN_STATE_MODE_ERROR,
          // in transport mode what opened may say that another IPsec header follows
          DropReason.XFRM_IN_HDR_ERROR,
          DropReason.XFRM_IN_NO_STATES);

  private static final long SECOND = 1_000_000_000L;

  /** When packets arrive. */
  private static final long NOW = 5 * SECOND;

  final XfrmEngine engine =
      new XfrmEngine(
          "guest", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
  final Map<State, KernelSa> kernel = new LinkedHashMap<>();

  private final PacketPool pool;
  private final EffectList out;

  Receiver(GoldenCapture capture, Hit hit, PacketPool pool, EffectList out, StateMaker maker) {
    this.pool = pool;
    this.out = out;
    String namespace = hit.bytes[hit.v6 ? 39 : 19] == 2 ? "b" : "";
    IpXfrm grammar = new IpXfrm(context -> 0);
    for (String line : capture.commands()) {
      if (line.contains(" xfrm state ")
          && grammar.parse(line) instanceof IpXfrmCommand.StateAdd add
          && add.namespace().equals(namespace)) {
        assertThat(engine.sad().install(0, add.state(maker), out)).isEqualTo(Errno.OK);
      }
    }
    for (State state : engine.sad().list()) {
      kernel.put(state, new KernelSa(state));
    }
    for (XfrmEvent.Group group : XfrmEvent.Group.values()) {
      engine.monitor(group, true);
    }
    out.clear();
  }

  KernelSa sa(State state) {
    return Objects.requireNonNull(kernel.get(state));
  }

  /** Whether nobody without the key can change what the packet carries. */
  boolean signed(Hit hit) {
    return sa(named(hit)).hasIntegrity();
  }

  /** Whether the packet's SA would know it again. */
  boolean guarded(Hit hit) {
    return sa(named(hit)).replay(hit.sequence()) != null;
  }

  /** The SA that a packet of this direction names. */
  State named(Hit hit) {
    return Objects.requireNonNull(named(hit.bytes, hit));
  }

  /** The SA that a changed packet names, or null. */
  @Nullable State named(byte[] bytes, Hit hit) {
    int spi = KernelSa.spi(bytes, hit.at, hit.protocol);
    return kernel.keySet().stream()
        .filter(s -> s.id().spi() == spi && s.id().protocol() == hit.protocol)
        .filter(s -> (s.target().low() & 0xff) == hit.bytes[hit.v6 ? 39 : 19])
        .findFirst()
        .orElse(null);
  }

  /** What one packet does: the drop's reason, or null and the opened bytes. */
  byte[] give(byte[] bytes, boolean encapsulated) {
    Packet packet = pool.make(0, bytes.length);
    packet.buffer().writeBytes(bytes);
    if (encapsulated) {
      engine.inputEncapsulated(NOW, packet, out);
    } else {
      engine.input(NOW, packet, out);
    }
    List<EffectList.Forwarded> opened = out.of(EffectList.Forwarded.class);
    byte[] inner =
        opened.isEmpty() ? new byte[0] : ByteBufUtil.getBytes(opened.getFirst().packet().buffer());
    assertThat(opened.size() + out.drops().size()).isOne();
    return inner;
  }

  /** All that a packet could change, but for the counters of drops. */
  Map<State, SaMemory> memory() {
    Map<State, SaMemory> memory = new LinkedHashMap<>();
    engine.sad().list().forEach(state -> memory.put(state, SaMemory.of(state)));
    return memory;
  }

  long[] counters() {
    XfrmStats.Counter[] all = XfrmStats.Counter.values();
    long[] values = new long[all.length];
    for (int i = 0; i < all.length; i++) {
      values[i] = engine.stats().value(all[i]);
    }
    return values;
  }

  void refuse(byte[] broken, Hit hit, Set<DropReason> expected, String what) {
    Map<State, SaMemory> memory = memory();
    long[] counters = counters();
    long due = engine.deadline();
    give(broken, hit.encapsulated());
    if (out.drops().size() != 1 || !expected.contains(out.drops().getFirst())) {
      throw new AssertionError(what + ": " + out.drops() + " instead of " + expected);
    }
    DropReason reason = out.drops().getFirst();
    counters[ordinal(reason)]++;
    if (reason == DropReason.XFRM_IN_STATE_SEQ_ERROR
        || reason == DropReason.XFRM_IN_STATE_PROTO_ERROR) {
      State state = Objects.requireNonNull(named(broken, hit));
      SaMemory before = Objects.requireNonNull(memory.get(state));
      KernelSa.Refusal refusal = judged(broken, hit, reason, state, before.stats(), what);
      memory.put(state, before.after(refusal, NOW / SECOND));
    }
    if (!memory().equals(memory)) {
      throw new AssertionError(what + " " + reason + ": " + memory() + " instead of " + memory);
    }
    if (!Arrays.equals(counters(), counters)
        || engine.deadline() != due
        || !out.events(Event.class).isEmpty()) {
      throw new AssertionError(what + " changed more than a counter: " + reason);
    }
    out.clear();
  }

  /** Which statistic of the SA the kernel moves. */
  private KernelSa.Refusal judged(
      byte[] broken, Hit hit, DropReason reason, State state, StateStats before, String what) {
    KernelSa sa = sa(state);
    KernelSa.Refusal replay = sa.replay(KernelSa.sequence(broken, hit.at, hit.protocol));
    if ((replay == null) != (reason == DropReason.XFRM_IN_STATE_PROTO_ERROR)) {
      throw new AssertionError(what + ": " + reason + " where the window says " + replay);
    }
    if (replay != null) {
      return replay;
    }
    if (!Arrays.equals(broken, 0, hit.headers, hit.bytes, 0, hit.headers) && hit.at > 40) {
      // A broken extension header is either no such header, or not the one that was signed.
      return state.stats().integrityFailed() > before.integrityFailed()
          ? KernelSa.Refusal.NOT_AUTHENTIC
          : KernelSa.Refusal.MALFORMED;
    }
    ByteBuffer header = ByteBuffer.wrap(broken);
    int end = hit.v6 ? 40 + (header.getShort(4) & 0xffff) : header.getShort(2) & 0xffff;
    return sa.broken(broken, hit.at, end);
  }

  /** A packet that nothing protects: whatever becomes of it is counted in the right place. */
  void risk(byte[] broken, Hit hit, String what) {
    State state = named(hit);
    Map<State, SaMemory> memory = memory();
    long[] counters = counters();
    byte[] inner = give(broken, hit.encapsulated());
    SaMemory before = Objects.requireNonNull(memory.get(state));
    SaMemory after = SaMemory.of(state);
    if (!out.drops().isEmpty()) {
      DropReason reason = out.drops().getFirst();
      assertThat(ANYTHING).as(what).contains(reason);
      counters[ordinal(reason)]++;
      if (reason == DropReason.XFRM_IN_STATE_PROTO_ERROR) {
        assertThat(after)
            .as(what)
            .isEqualTo(before.after(KernelSa.Refusal.MALFORMED, NOW / SECOND));
      } else if (reason == DropReason.XFRM_IN_STATE_SEQ_ERROR) {
        assertThat(after).as(what).isEqualTo(before);
      }
    }
    boolean counted =
        !out.drops().contains(DropReason.XFRM_IN_STATE_PROTO_ERROR)
            && !out.drops().contains(DropReason.XFRM_IN_STATE_SEQ_ERROR);
    assertThat(after.packets()).as(what).isEqualTo(before.packets() + (counted ? 1 : 0));
    assertThat(after.bytes() > before.bytes()).as(what).isEqualTo(counted);
    assertThat(after.stats()).as(what).isEqualTo(before.stats());
    assertThat(counters()).as(what).isEqualTo(counters);
    assertThat(inner.length == 0).as(what).isNotEqualTo(out.drops().isEmpty());
    memory.put(state, after);
    assertThat(memory()).as(what).isEqualTo(memory);
    out.clear();
  }

  byte[] accept(Hit hit) {
    State state = named(hit);
    SaMemory before = SaMemory.of(state);
    long[] counters = counters();
    byte[] inner = give(hit.bytes, hit.encapsulated());
    assertThat(out.drops()).isEmpty();
    out.clear();
    assertThat(counters()).isEqualTo(counters);
    assertThat(state.stats()).isEqualTo(before.stats());
    assertThat(state.packets()).isEqualTo(before.packets() + 1);
    assertThat(state.lastUsed()).isEqualTo(NOW / SECOND);
    sa(state).accepted(hit.sequence());
    return inner;
  }

  static int ordinal(DropReason reason) {
    XfrmStats.Counter[] all = XfrmStats.Counter.values();
    for (int i = 0; i < all.length; i++) {
      if (all[i].linuxName().equals(reason.linuxCounter())) {
        return i;
      }
    }
    throw new AssertionError(reason);
  }
}
