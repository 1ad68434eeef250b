package org.larval.xfrm.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.Direction;
import org.larval.xfrm.InstalledPolicy;
import org.larval.xfrm.Mark;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.Policy;
import org.larval.xfrm.PolicyType;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.XfrmEvent;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.transform.StateMaker;

/** Events are written byte for byte as {@code ip xfrm monitor} wrote them on Linux 6.12. */
class MonitorTest {
  private static final String TRANSCRIPT =
      Transcript.withoutDates(
          String.join("", Transcript.read("monitor").stream().map(Transcript::output).toList()));
  private static final Prefix FROM = Prefix.parse("10.9.0.1/32");
  private static final Prefix TO = Prefix.parse("10.9.0.2/32");

  private final XfrmEngine engine =
      new XfrmEngine("a", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
  private final StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(1));
  private final ListingFormat format =
      ListingFormat.PLAIN.withKeys(ListingFormat.Keys.SHOWN).withDevices(Transcript.DEVICES);
  private final IpXfrmMonitor plain = new IpXfrmMonitor(format);
  private final IpXfrmMonitor detailed = new IpXfrmMonitor(format.withStatistics(true));

  private static String command(String begin, int which) {
    return Transcript.read("monitor").stream()
        .map(Transcript::command)
        .filter(line -> line.startsWith(begin))
        .toList()
        .get(which);
  }

  private void run(String line) {
    try (EffectList out = new EffectList()) {
      IpXfrmRunner runner = new IpXfrmRunner(engine, maker, new Random(1));
      assertThat(runner.run(0, Transcript.GRAMMAR.parse(line), out)).isEqualTo(Errno.OK);
    }
  }

  private static void wasWritten(String text) {
    assertThat(TRANSCRIPT).contains(Transcript.withoutDates(text));
  }

  @Test
  void states() {
    run(command("ip xfrm state add", 0));
    State state = engine.sad().list().getFirst();
    wasWritten("# what the monitor printed:\n" + plain.added(state) + plain.updated(state));
    wasWritten(plain.deleted(state) + plain.flushedStates(0));
    run("ip xfrm state flush");
    run(command("ip xfrm state add", 1));
    state = engine.sad().list().getFirst();
    wasWritten("# what the monitor printed:\n" + detailed.added(state));
    wasWritten("\t" + detailed.numbers(state, 0x10).lines().toList().get(1).strip());
    wasWritten(detailed.numbers(state, 0x10));
    String expired = detailed.event(new XfrmEvent.Expire(state, true));
    assertThat(expired).doesNotContain("0x000102").endsWith("\thard 1\n");
    String limits = "  limit: soft 1(packets), hard 2(packets)\n";
    wasWritten(expired.substring(0, expired.indexOf(limits)));
    run("ip xfrm state flush");
    run(command("ip xfrm state add", 2));
    wasWritten(plain.event(new XfrmEvent.Expire(engine.sad().list().getFirst(), false)));
    assertThat(plain.mapping(state, IpAddress.ANY4, 4500, TO.address(), 5))
        .isEqualTo(
            """
            Mapping change 0.0.0.0:4500 -> 10.9.0.2:5
            \tdst 10.9.0.2  reqid 0x4d protocol esp  SPI 0x2000
            """);
  }

  @Test
  void policies() {
    run(command("ip xfrm policy add", 0));
    wasWritten(plain.added(engine.spd().list().getFirst()));
    run(command("ip xfrm policy update", 0));
    InstalledPolicy policy = engine.spd().list().getFirst();
    Selector flow = new Selector(FROM, TO, 17, 57_455, 0xffff, 7, 0xffff, 7);
    String updated = plain.updated(policy);
    String acquire = plain.event(acquire(policy.policy(), flow, null));
    wasWritten(updated + acquire + plain.deleted(policy));
    wasWritten(detailed.flushedPolicies(PolicyType.MAIN));
    wasWritten(
        plain.defaults(Map.of(Direction.IN, Policy.Action.BLOCK)) + plain.defaults(Map.of()));
    run("ip xfrm policy flush");
    run(command("ip xfrm policy add", 2));
    Policy timed = engine.spd().list().getFirst().policy();
    wasWritten(plain.event(new XfrmEvent.PolicyExpired(timed, true)));
  }

  @Test
  void acquiresInDetail() {
    run("ip xfrm policy add dir out index 441");
    run(command("ip xfrm policy add", 1) + " index 441");
    Policy policy = engine.spd().list().getLast().policy().withIndex(441);
    Selector flow = new Selector(FROM, TO, 1, 8, 0xffff, 0, 0xffff, 7);
    String text = detailed.event(acquire(policy, flow, null));
    // When the policy was added and used is not told by the event.
    wasWritten(text.substring(0, text.indexOf("    \t  add ")));
    wasWritten(text.substring(text.indexOf("    \ttmpl")));
    assertThat(plain.event(acquire(policy, flow, SecurityLabel.selinux(5, "u:r:t:s0"))))
        .contains("\n\tsecurity context u:r:t:s0 \n    \tdir out");
  }

  private static XfrmEvent.Acquire acquire(
      Policy policy, Selector flow, @Nullable SecurityLabel label) {
    return new XfrmEvent.Acquire(
        2,
        FROM.address(),
        TO.address(),
        flow,
        policy.templates().getFirst(),
        policy,
        label,
        Mark.NONE,
        0);
  }

  @Test
  void timestamps() {
    IpXfrmMonitor monitor =
        new IpXfrmMonitor(format.withEpoch(Instant.parse("2026-11-21T06:25:00Z")));
    String first = monitor.timestamp(8_088_869_123L);
    assertThat(first).isEqualTo("Timestamp: Sat Nov 21 06:25:08 2026 88869 usec\n");
    wasWritten(first);
    assertThat(
            new IpXfrmMonitor(format.withEpoch(Instant.parse("2026-11-01T00:00:00Z"))).timestamp(0))
        .isEqualTo("Timestamp: Sun Nov  1 00:00:00 2026 0 usec\n");
  }
}
