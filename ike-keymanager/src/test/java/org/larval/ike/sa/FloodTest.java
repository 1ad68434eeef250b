package org.larval.ike.sa;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeEvent;
import org.larval.ike.config.Settings;
import org.larval.ike.message.Octets;
import org.larval.wire.IpAddress;

/** First messages of initiators that do not exist, while a tunnel carries traffic. */
class FloodTest {
  /** 30 half-open IKE SAs, the tunnel's own successors and packets on the way take far less. */
  private static final long MOST_GROWTH = 3L << 19;

  private static final String IKE = "aes128gcm16-prfsha256-x25519";

  @Test
  void aTunnelOutlivesAFlood() {
    flood(20_000);
  }

  @Test
  @Tag("slow")
  void aTunnelOutlivesAMillion() {
    flood(1_000_000);
  }

  private static void flood(int count) {
    TwoHosts hosts =
        new TwoHosts(
            FirstExchangesTest.connection(true, IKE, "aes128gcm16").build(),
            FirstExchangesTest.connection(false, IKE, "aes128gcm16")
                .between(java.util.List.of(), java.util.List.of())
                .build(),
            Settings.DEFAULT,
            FirstExchangesTest.psk(),
            (from, now, number) -> 5 * TwoHosts.MS,
            3);
    hosts.a.engine.initiate(0, "gw", "net", hosts.a);
    hosts.run(2 * TwoHosts.SECOND);
    FirstExchangesTest.agree(hosts, 1);
    Octets first =
        hosts.a.events.stream()
            .filter(IkeEvent.Send.class::isInstance)
            .map(one -> ((IkeEvent.Send) one).datagram())
            .findFirst()
            .orElseThrow();
    hosts.traffic(10 * TwoHosts.MS, 2 * TwoHosts.MS);
    hosts.b.events.clear();
    hosts.b.quiet = true;
    SplittableRandom random = new SplittableRandom(5);
    long start = hosts.now;
    long before = heap();
    int most = 0;
    for (int one = 0; one < count; one++) {
      byte[] spoofed = first.toArray();
      // another SPI and nonce each time, and another source
      for (int at = 0; at < 8; at++) {
        spoofed[at] = (byte) random.nextInt(1, 256);
      }
      Endpoint source = new Endpoint(IpAddress.ofV4(random.nextInt()), random.nextInt(1, 65_536));
      hosts.inject(hosts.b, source, Octets.of(spoofed));
      most = Math.max(most, hosts.b.engine.halfOpen());
      if (one % (count / 20) == count / 40) {
        hosts.a.engine.rekeyChild(hosts.now, "gw", "net", hosts.a);
        hosts.b.engine.rekeyIke(hosts.now, "gw", hosts.b);
      }
      hosts.run(start + 60L * one * TwoHosts.SECOND / count);
    }
    assertThat(most).isEqualTo(Settings.DEFAULT.cookieThreshold());
    long grown = heap() - before;
    System.out.printf(
        "%,d spoofed IKE_SA_INITs: %d half-open at most, heap in use %,d kB before, %+,d kB"
            + " after%n",
        count, most, before / 1024, grown / 1024);
    // a byte and a half for each of a million, or 75 for each of 20,000: nothing is kept of them
    assertThat(grown).isLessThan(MOST_GROWTH);
    hosts.b.quiet = false;
    hosts.run(hosts.now + 30 * TwoHosts.SECOND);
    hosts.silence();
    hosts.run(hosts.now + 30 * TwoHosts.SECOND);
    assertThat(hosts.lost).isEmpty();
    assertThat(hosts.carried).isGreaterThan(10_000);
    assertThat(hosts.b.engine.halfOpen()).isZero();
    FirstExchangesTest.agree(hosts, 1);
    // and somebody who is there can still come in
    hosts.a.engine.terminate(hosts.now, "gw", hosts.a);
    hosts.run(hosts.now + TwoHosts.SECOND);
    hosts.a.engine.initiate(hosts.now, "gw", "net", hosts.a);
    hosts.run(hosts.now + 5 * TwoHosts.SECOND);
    FirstExchangesTest.agree(hosts, 1);
  }

  /** Bytes of the heap that are reachable, after a collection or two. */
  private static long heap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }
}
