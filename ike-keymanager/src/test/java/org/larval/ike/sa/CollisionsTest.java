package org.larval.ike.sa;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.larval.ike.ChildParameters;
import org.larval.ike.IkeStatus;
import org.larval.ike.config.Lifetime;
import org.larval.ike.config.Retransmission;
import org.larval.ike.config.Settings;

/**
 * Both ends do something at about the same time, over a network that delays, reorders, repeats and
 * loses (RFC 7296 sections 2.8 and 2.25): in the end both hold the same SAs, and packets that were
 * sent all the while have met one at every moment.
 */
class CollisionsTest {
  private static final String IKE = "aes128gcm16-prfsha256-x25519";
  private static final long WINDOW = 200 * TwoHosts.MS;
  private static final long LOSSY = 3 * TwoHosts.SECOND;

  /** What the ends do at the same time. */
  enum Collision {
    CHILD_REKEYS(true, "child", "child"),
    IKE_REKEYS(true, "ike", "ike"),
    CHILD_AND_IKE_REKEY(true, "child", "ike"),
    EVERYTHING_REKEYED(true, "child ike child", "ike child ike"),
    CHILD_DELETED_AND_REKEYED(false, "close", "child"),
    BOTH_DELETE_THE_CHILD(false, "close", "close"),
    CHILD_DELETED_AND_IKE_REKEYED(false, "close", "ike"),
    IKE_DELETED_AND_REKEYED(false, "down", "ike"),
    IKE_DELETED_AND_CHILD_REKEYED(false, "down", "child"),
    BOTH_DELETE_THE_IKE_SA(false, "down", "down"),
    REAUTHENTICATION_AND_REKEY(true, "reauth", "child"),
    BOTH_BEGIN(false, "begin", "begin"),
    BEGUN_AGAIN(false, "begin", "down");

    private final boolean lossless;
    private final String byA;
    private final String byB;

    Collision(boolean lossless, String byA, String byB) {
      this.lossless = lossless;
      this.byA = byA;
      this.byB = byB;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFewSchedules(Collision collision) {
    schedules(collision, 0, 40);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("sweep")
  void manySchedules(Collision collision) {
    schedules(collision, 1_000, 1_000);
  }

  private static void schedules(Collision collision, long firstSeed, int count) {
    List<String> failures = new ArrayList<>();
    String story = "";
    for (long seed = firstSeed; seed < firstSeed + count; seed++) {
      TwoHosts hosts = hosts(seed);
      String failure = run(hosts, collision, seed);
      if (failure != null) {
        failures.add("seed " + seed + ": " + failure);
        story = story.isEmpty() ? hosts.story() : story;
      }
    }
    String first = story;
    assertThat(failures)
        .withFailMessage(
            () ->
                "%d of %d schedules of %s fail%n%s%n%s"
                    .formatted(
                        failures.size(),
                        count,
                        collision,
                        String.join("\n", failures.subList(0, Math.min(5, failures.size()))),
                        first))
        .isEmpty();
  }

  private static TwoHosts hosts(long seed) {
    SplittableRandom random = new SplittableRandom(seed * 77);
    double loss = random.nextDouble(0.4);
    long most = random.nextLong(TwoHosts.MS, 80 * TwoHosts.MS);
    Settings settings =
        Settings.with()
            .retransmission(
                new Retransmission(300 * TwoHosts.MS, 1.5, Long.MAX_VALUE, 12, Long.MAX_VALUE))
            .retryInterval(400 * TwoHosts.MS)
            .build();
    long[] began = new long[1];
    TwoHosts.Network network =
        (from, now, number) -> {
          if (began[0] != 0 && now < began[0] + LOSSY && random.nextDouble() < loss) {
            return -1;
          }
          return 1 + random.nextLong(most);
        };
    TwoHosts hosts =
        new TwoHosts(
            FirstExchangesTest.connection(true, IKE, "aes128gcm16")
                .lifetime(Lifetime.FOREVER)
                .build(),
            FirstExchangesTest.connection(false, IKE, "aes128gcm16")
                .lifetime(Lifetime.FOREVER)
                .build(),
            settings,
            FirstExchangesTest.psk(),
            network,
            seed);
    hosts.lossy = () -> began[0] = hosts.now;
    return hosts;
  }

  private static @Nullable String run(TwoHosts hosts, Collision collision, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    if (!collision.byA.equals("begin") || collision == Collision.BEGUN_AGAIN) {
      hosts.a.engine.initiate(0, "gw", "net", hosts.a);
      hosts.run(4 * TwoHosts.SECOND);
      if (hosts.a.inbound.size() != 1) {
        return "no child at first";
      }
    }
    if (collision.lossless) {
      hosts.traffic(3 * TwoHosts.MS, 2 * TwoHosts.MS);
    }
    hosts.lossy.run();
    long start = hosts.now;
    List<Runnable> acts = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    for (String act : collision.byA.split(" ")) {
      acts.add(() -> act(hosts, hosts.a, act));
      times.add(start + random.nextLong(WINDOW));
    }
    for (String act : collision.byB.split(" ")) {
      acts.add(() -> act(hosts, hosts.b, act));
      times.add(start + random.nextLong(WINDOW));
    }
    while (!acts.isEmpty()) {
      int next = 0;
      for (int at = 1; at < acts.size(); at++) {
        next = times.get(at) < times.get(next) ? at : next;
      }
      hosts.run(times.remove(next));
      acts.remove(next).run();
    }
    hosts.run(start + 30 * TwoHosts.SECOND);
    hosts.silence();
    hosts.run(start + 400 * TwoHosts.SECOND);
    return verdict(hosts, collision);
  }

  private static void act(TwoHosts hosts, TwoHosts.End end, String act) {
    switch (act) {
      case "child" -> end.engine.rekeyChild(hosts.now, "gw", "net", end);
      case "ike" -> end.engine.rekeyIke(hosts.now, "gw", end);
      case "close" -> end.engine.terminateChild(hosts.now, "gw", "net", end);
      case "down" -> end.engine.terminate(hosts.now, "gw", end);
      case "reauth" -> end.engine.reauthenticate(hosts.now, "gw", end);
      case "begin" -> end.engine.initiate(hosts.now, "gw", "net", end);
      default -> throw new AssertionError(act);
    }
  }

  private static @Nullable String verdict(TwoHosts hosts, Collision collision) {
    String held = held(hosts);
    if (!hosts.a.inbound.keySet().equals(hosts.b.outbound.keySet())
        || !hosts.b.inbound.keySet().equals(hosts.a.outbound.keySet())) {
      return "the ends hold different SAs: " + held;
    }
    List<String> a = ikes(hosts.a);
    if (!a.equals(ikes(hosts.b))) {
      return "the ends hold different IKE SAs: " + a + " and " + ikes(hosts.b);
    }
    for (ChildParameters one : hosts.a.outbound.values()) {
      ChildParameters other = hosts.b.inbound.get(one.outboundSpi());
      if (other == null || !one.keys().equals(other.keys())) {
        return "the ends hold different keys";
      }
    }
    if (collision.lossless && (a.size() != 1 || hosts.a.inbound.size() != 1)) {
      return a.size() + " IKE SAs, children " + held;
    }
    if (collision.lossless && hosts.carried < 1_000) {
      return "only " + hosts.carried + " packets";
    }
    if (collision.lossless && !hosts.lost.isEmpty()) {
      return hosts.lost.size() + " packets lost, the first: " + hosts.lost.getFirst();
    }
    boolean down = collision.byA.contains("down") || collision.byB.contains("down");
    if (down && collision != Collision.BEGUN_AGAIN && !(a.isEmpty() && hosts.a.inbound.isEmpty())) {
      return "still there: " + a + " " + held;
    }
    return null;
  }

  private static String held(TwoHosts hosts) {
    return "A %s %s, B %s %s"
        .formatted(
            hex(hosts.a.inbound.keySet()),
            hex(hosts.a.outbound.keySet()),
            hex(hosts.b.inbound.keySet()),
            hex(hosts.b.outbound.keySet()));
  }

  private static String hex(Iterable<Integer> spis) {
    List<String> all = new ArrayList<>();
    spis.forEach(spi -> all.add("%08x".formatted(spi)));
    return all.toString();
  }

  private static List<String> ikes(TwoHosts.End end) {
    return end.engine.status().stream()
        .map(CollisionsTest::spis)
        .sorted()
        .collect(Collectors.toList());
  }

  private static String spis(IkeStatus one) {
    return "%016x-%016x %s".formatted(one.initiatorSpi(), one.responderSpi(), one.state());
  }
}
