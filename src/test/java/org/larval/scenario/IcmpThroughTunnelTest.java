package org.larval.scenario;

import static org.larval.lab.junit.LabAssertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * RFC 4301 section 6: ICMP errors from behind a tunnel, and from its end. Their source is no
 * address that the tunnel's policies cover; only the packet that they quote is. With {@code flag
 * icmp} they go the way of an answer to that packet. Without it they leave in clear, and the other
 * gateway drops them, since it wants answers to that packet protected.
 *
 * <p>The errors say that a packet is too big: TCP gets through only if the sender hears of it.
 */
class IcmpThroughTunnelTest {
  private static final String KEY = "0x000102030405060708090a0b0c0d0e0f101112";

  /** Who finds the packet too big, in one family. */
  private record Street(boolean v6, boolean router, boolean flag) {
    String net(int number) {
      return v6 ? "fd0" + number + "::/64" : "10." + number + ".0.0/24";
    }

    String address(int number, int host) {
      return v6 ? "fd0" + number + "::" + host : "10." + number + ".0." + host;
    }

    String nic(int number, int host) {
      return address(number, host) + (v6 ? "/64" : "/24");
    }

    String narrow(int number, int host) {
      return "{address: \"%s\", mtu: %d}".formatted(nic(number, host), v6 ? 1280 : 1000);
    }

    private String state(boolean east) {
      return "      - \"ip xfrm state add src %s dst %s proto esp spi %s mode tunnel %s\"\n"
          .formatted(
              address(2, east ? 1 : 2),
              address(2, east ? 2 : 1),
              east ? "0x1001" : "0x1002",
              "aead rfc4106(gcm(aes)) " + KEY + (east ? "13" : "14") + " 128 replay-window 32");
    }

    private String policy(boolean east, String direction) {
      return "      - \"ip xfrm policy add src %s dst %s dir %s%s tmpl src %s dst %s proto esp mode tunnel\"\n"
          .formatted(
              net(east ? 1 : 4),
              net(east ? 4 : 1),
              direction,
              flag ? " flag icmp" : "",
              address(2, east ? 1 : 2),
              address(2, east ? 2 : 1));
    }

    private String lines(boolean west) {
      return "    xfrm:\n"
          + state(true)
          + state(false)
          + policy(west, "out")
          + policy(!west, "in")
          + policy(!west, "fwd");
    }

    String lab() {
      StringBuilder lab = new StringBuilder("lab: icmp-through-tunnel\nuntil: 10s\nguests:\n");
      guest(lab, "west", "nic: \"" + nic(1, 2) + "\"", "gateway: \"" + address(1, 1) + "\"");
      guest(
          lab,
          "ga",
          "nics: {in: \"%s\", out: \"%s\"}".formatted(nic(1, 1), nic(2, 1)),
          "forward: true",
          "gateway: \"" + address(2, 2) + "\"");
      lab.append(lines(true));
      guest(
          lab,
          "gb",
          "nics: {out: \"%s\", in: %s}"
              .formatted(nic(2, 2), router ? "\"" + nic(3, 1) + "\"" : narrow(4, 1)),
          "forward: true",
          router
              ? "routes: [\"%s via %s\", \"%s via %s\"]"
                  .formatted(net(4), address(3, 2), net(1), address(2, 1))
              : "gateway: \"" + address(2, 1) + "\"");
      lab.append(lines(false));
      if (router) {
        guest(
            lab,
            "r",
            "nics: {out: \"%s\", in: %s}".formatted(nic(3, 2), narrow(4, 1)),
            "forward: true",
            "gateway: \"" + address(3, 1) + "\"");
      }
      guest(lab, "east", "nic: \"" + nic(4, 2) + "\"", "gateway: \"" + address(4, 1) + "\"");
      lab.append("links:\n  - {between: [west, ga.in], delay: 1ms}\n")
          .append("  - {between: [ga.out, gb.out], delay: 1ms}\n")
          .append(router ? "  - {between: [gb.in, r.out], delay: 1ms}\n" : "")
          .append("  - {between: [%s, east], delay: 1ms}\n".formatted(router ? "r.in" : "gb.in"))
          .append("traffic:\n  - {from: west, to: east, bulk: 81, bytes: 100kB}\n")
          .append("  - {from: west, to: east, ping: yes, every: 100ms, count: 5}\n");
      return lab.toString();
    }

    private static void guest(StringBuilder lab, String name, String... fields) {
      lab.append("  ").append(name).append(":\n");
      for (String field : fields) {
        lab.append("    ").append(field).append('\n');
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false, true", "false, false", "true, true", "true, false"})
  void withTheFlagTheErrorComesThroughTheTunnel(boolean v6, boolean router) {
    try (LabRun lab = run(v6, router, true)) {
      assertThat(lab).balances();
      assertThat(lab).flow(1).offered(7).delivered(7);
      assertThat(lab).flow(2).delivered(5);
      assertThat(lab).xfrmStat("ga", "XfrmInTmplMismatch", 0);
      assertThat(lab).xfrmStat("ga", "XfrmInNoPols", 0);
    }
  }

  @ParameterizedTest
  @CsvSource({"false, true", "false, false", "true, true", "true, false"})
  void withoutItTheOtherGatewayDropsTheError(boolean v6, boolean router) {
    try (LabRun lab = run(v6, router, false)) {
      assertThat(lab).balances();
      assertThat(lab).flow(1).delivered(0);
      assertThat(lab).flow(2).delivered(5);
      long dropped =
          lab.report()
              .xfrmStat()
              .getOrDefault("ga", Map.of())
              .getOrDefault("XfrmInTmplMismatch", 0L);
      org.assertj.core.api.Assertions.assertThat(dropped).isPositive();
    }
  }

  private static LabRun run(boolean v6, boolean router, boolean flag) {
    String text = new Street(v6, router, flag).lab();
    return LabRun.run(LabFileReader.parse("icmp-through-tunnel.yaml", text), RunOptions.PLAIN);
  }
}
