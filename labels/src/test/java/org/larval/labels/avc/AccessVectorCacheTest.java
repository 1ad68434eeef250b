package org.larval.labels.avc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.larval.labels.Sids;
import org.larval.labels.policydb.AccessVector;
import org.larval.labels.policydb.PolicyClass;
import org.larval.labels.policydb.SecurityServer;
import org.larval.labels.why.TinyPolicy;

class AccessVectorCacheTest {
  private final LivePolicy live = new LivePolicy(TinyPolicy.server("tiny.33").policy(), true);
  private final Sids sids = new Sids();
  private final AccessVectorCache cache = new AccessVectorCache(live, sids);
  private final int browser = sids.sid("staff_u:user_r:internal_browser_t:s0");
  private final int debug = sids.sid("system_u:system_r:debug_t:s0");
  private final int guard = sids.sid("system_u:system_r:guard_t:s0");
  private final int packet = sids.sid("system_u:object_r:internal_packet_t:s0");
  private final int dmz = sids.sid("system_u:object_r:dmz_packet_t:s0");
  private final int external = sids.sid("system_u:object_r:external_packet_t:s0");
  private final PolicyClass packets = known("packet");
  private final int send = packets.bit("send");
  private final int recv = packets.bit("recv");

  private PolicyClass known(String name) {
    PolicyClass known = live.server().policy().securityClass(name);
    assertThat(known).isNotNull();
    return known;
  }

  private boolean check(int source, int target, int requested) {
    return cache.check(source, target, packets.value(), requested);
  }

  @Test
  void answersAsThePolicyAndCountsAsLinux() {
    assertThat(check(browser, packet, send | recv)).isTrue();
    assertThat(check(browser, packet, send)).isTrue();
    assertThat(check(browser, external, send)).isFalse();
    assertThat(cache.denied(send)).isEqualTo(send);
    assertThat(cache.statistics())
        .hasToString("lookups hits misses allocations reclaims frees\n3 1 2 2 0 0\n");
    assertThat(cache.fill()).isEqualTo("entries: 2\nbuckets used: 2/512\nlongest chain: 1\n");
  }

  @Test
  void logsWhatThePolicyWantsLogged() {
    check(browser, external, send);
    assertThat(cache.audited(send)).isEqualTo(send);
    check(browser, external, send | recv);
    assertThat(cache.audited(send | recv)).as("recv is a dontaudit").isEqualTo(send);
    check(guard, external, recv);
    assertThat(cache.denied(recv)).isZero();
    assertThat(cache.audited(recv)).as("an auditallow").isEqualTo(recv);
    check(browser, packet, recv);
    assertThat(cache.audited(recv)).isZero();
  }

  @Test
  void aPermissiveDomainIsLoggedOnceAndLetPass() {
    assertThat(check(debug, packet, recv)).isTrue();
    assertThat(cache.denied(recv)).isEqualTo(recv);
    assertThat(cache.audited(recv)).isEqualTo(recv);
    assertThat(cache.letPass()).isTrue();
    assertThat(check(debug, packet, recv)).isTrue();
    assertThat(cache.audited(recv)).isZero();
    assertThat(cache.letPass()).isTrue();
    assertThat(check(browser, external, send)).isFalse();
  }

  @Test
  void enforcingAgainForgetsWhatWasLetPass() {
    live.enforce(false);
    assertThat(check(browser, external, send)).isTrue();
    assertThat(cache.letPass()).isTrue();
    live.enforce(true);
    assertThat(check(browser, external, send)).isFalse();
  }

  @Test
  void booleansAndReloadsRaiseTheSequenceAndEmptyTheCache() {
    int sequence = live.sequence();
    assertThat(check(browser, dmz, send)).isFalse();
    live.set(Map.of("allow_browser_dmz", true));
    assertThat(live.sequence()).isGreaterThan(sequence);
    assertThat(check(browser, dmz, send)).isTrue();
    assertThat(cache.statistics().frees()).isEqualTo(1);
    sequence = live.sequence();
    live.load(TinyPolicy.server("tiny.33").policy());
    assertThat(live.sequence()).isGreaterThan(sequence);
    assertThat(check(browser, dmz, send)).as("the file's booleans").isFalse();
    assertThat(cache.statistics()).isEqualTo(new AccessVectorCache.Statistics(3, 0, 3, 3, 0, 2));
  }

  @Test
  void aSmallCacheMakesRoom() {
    AccessVectorCache small = new AccessVectorCache(live, sids, 1);
    for (int i = 0; i < 10; i++) {
      int sid = sids.sid("system_u:object_r:internal_packet_t:s0:c" + i);
      small.check(browser, sid, packets.value(), send);
    }
    assertThat(small.statistics()).isEqualTo(new AccessVectorCache.Statistics(10, 0, 10, 10, 2, 2));
    assertThat(small.fill()).isEqualTo("entries: 8\nbuckets used: 1/1\nlongest chain: 8\n");
    for (int slots : new int[] {0, 3, -2, 1 << 21}) {
      assertThatThrownBy(() -> new AccessVectorCache(live, sids, slots))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void whatMeansNothingIsUnlabeled() {
    int strange = sids.sid("strange_u:strange_r:strange_t:s0");
    int kernel = sids.sid("system_u:system_r:kernel_t:s0");
    assertThat(check(kernel, strange, send))
        .isEqualTo(check(kernel, Sids.UNLABELED, send))
        .isTrue();
    assertThat(check(kernel, Sids.NONE, send)).isTrue();
    assertThat(check(kernel, 60000, send)).isTrue();
    long kept = cache.statistics().allocations();
    check(kernel, 60000, send);
    assertThat(cache.statistics().allocations()).as("it may get a meaning").isEqualTo(kept);
  }

  @Test
  void everyAnswerIsThePolicysWhateverWasAskedBefore() {
    AccessVectorCache small = new AccessVectorCache(live, sids, 4);
    SecurityServer server = live.server();
    List<String> names =
        List.of(
            "staff_u:user_r:internal_browser_t:s0",
            "staff_u:user_r:internal_browser_t:s1",
            "system_u:system_r:guard_t:s0",
            "system_u:system_r:svirt_t:s0:c1,c2",
            "system_u:object_r:internal_packet_t:s0",
            "system_u:object_r:external_packet_t:s2",
            "system_u:object_r:internal_packet_t:s0:c1,c2");
    int[] classes = {packets.value(), known("peer").value(), known("association").value()};
    Random random = new Random(7);
    AccessVector vector = new AccessVector();
    for (int i = 0; i < 5000; i++) {
      String source = names.get(random.nextInt(names.size()));
      String target = names.get(random.nextInt(names.size()));
      int securityClass = classes[random.nextInt(classes.length)];
      int requested = 1 << random.nextInt(4);
      if (i % 500 == 0) {
        live.set(Map.of("allow_svirt_external", random.nextBoolean()));
      }
      server.decide(server.context(source), server.context(target), securityClass, vector);
      assertThat(small.check(sids.sid(source), sids.sid(target), securityClass, requested))
          .isEqualTo((vector.allowed() & requested) != 0);
    }
    assertThat(small.statistics().reclaims()).isPositive();
    assertThat(small.statistics().hits()).isPositive();
  }

  @Test
  void aHitAllocatesNothing() {
    LoadedPolicy policy = new LoadedPolicy(live, sids, record -> {});
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int asked = 0;
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1000; i++) {
        asked += check(browser, packet, send) ? 1 : 0;
        asked += policy.allowed(browser, packet, "packet", "recv") ? 1 : 0;
        asked += policy.allowed(browser, external, "packet", "recv") ? 1 : 0;
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(asked).isEqualTo(40_000);
    assertThat(least).isLessThan(1000);
  }
}
