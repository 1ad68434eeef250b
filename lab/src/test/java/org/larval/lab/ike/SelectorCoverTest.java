package org.larval.lab.ike;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.larval.ike.message.Selector;
import org.larval.packet.FlowKey;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/** Selectors of xfrm match what the ranges of IKE hold, and nothing else. */
class SelectorCoverTest {
  private static Selector.Range range(int protocol, int first, int last, String from, String to) {
    return new Selector.Range(protocol, first, last, IpAddress.parse(from), IpAddress.parse(to));
  }

  @Test
  void prefixes() {
    assertThat(cover("10.0.0.0", "10.0.255.255")).isEqualTo("[10.0.0.0/16]");
    assertThat(cover("0.0.0.0", "255.255.255.255")).isEqualTo("[0.0.0.0/0]");
    assertThat(cover("10.0.0.1", "10.0.0.4")).isEqualTo("[10.0.0.1/32, 10.0.0.2/31, 10.0.0.4/32]");
    assertThat(cover("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).isEqualTo("[::/0]");
    assertThat(cover("2001:db8::1", "2001:db8::1")).isEqualTo("[2001:db8::1/128]");
  }

  private static String cover(String first, String last) {
    return SelectorCover.prefixes(IpAddress.parse(first), IpAddress.parse(last)).toString();
  }

  @Test
  void exactlyTheRange() {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 300; i++) {
      int low = random.nextInt(256);
      int high = Math.min(255, low + random.nextInt(8));
      int firstPort = random.nextInt(65_536);
      int lastPort = firstPort + random.nextInt(65_536 - firstPort);
      List<org.larval.xfrm.Selector> selectors =
          SelectorCover.of(
              List.of(range(IpProtocol.UDP, 0, 0xffff, "10.1.0." + low, "10.1.0." + high)),
              List.of(range(IpProtocol.UDP, firstPort, lastPort, "10.2.0.0", "10.2.255.255")));
      for (int j = 0; j < 50; j++) {
        int host = random.nextInt(256);
        int port = random.nextInt(65_536);
        FlowKey flow =
            new FlowKey()
                .addresses(IpAddress.parse("10.1.0." + host), IpAddress.parse("10.2.3.4"))
                .ports(IpProtocol.UDP, 1, port);
        boolean inside = host >= low && host <= high && port >= firstPort && port <= lastPort;
        assertThat(selectors.stream().anyMatch(one -> one.matches(flow))).isEqualTo(inside);
      }
    }
  }

  @Test
  void tooManyAreRefused() {
    List<Selector.Range> odd = List.of(range(17, 1, 65_534, "10.0.0.1", "10.0.0.254"));
    assertThatThrownBy(() -> SelectorCover.of(odd, odd))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("256");
  }
}
