package org.larval.xfrm.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Encap;
import org.larval.xfrm.GoldenCapture;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Policy;
import org.larval.xfrm.PolicyType;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.Template;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.crypto.Secret;
import org.larval.xfrm.transform.SaParameters;
import org.larval.xfrm.transform.StateMaker;

class IpXfrmTest {
  static final List<String> CAPTURES = GoldenCapture.GCM;
  private static final String KEY = "0xc5bfb5a3f9c8f986e153d2b152d00f3eca45866b";
  private static final String AEAD = "aead 'rfc4106(gcm(aes))' " + KEY + " 128";
  private static final String STATE =
      "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100 " + AEAD;

  private final IpXfrm grammar =
      new IpXfrm(
          context -> {
            if (context.equals("bad")) {
              throw new IllegalArgumentException("no such user");
            }
            return context.contains(":") ? 77 : 0;
          });

  private static Secret keyOf(IpXfrmCommand.StateAdd add) {
    return ((Protection.Combined) add.parameters().protection()).key();
  }

  private IpXfrmCommand.StateAdd state(String line) {
    return (IpXfrmCommand.StateAdd) grammar.parse(line);
  }

  private Policy policy(String line) {
    return ((IpXfrmCommand.PolicyAdd) grammar.parse(line)).policy();
  }

  @ParameterizedTest
  @FieldSource("CAPTURES")
  void takesEveryLineThatAKernelWasConfiguredWith(String name) {
    int states = 0;
    int policies = 0;
    for (String line : GoldenCapture.commandsOf(name)) {
      IpXfrmCommand command = grammar.parse(line);
      assertThat(command.namespace()).isEqualTo(line.contains("-n b") ? "b" : "");
      switch (command) {
        case IpXfrmCommand.StateAdd add -> {
          states++;
          assertThat(name).startsWith("esp-" + add.mode().label() + "-");
          assertThat(add.parameters().replayWindow()).isEqualTo(32);
          assertThat(add.parameters().flags().contains(StateFlag.ESN))
              .isEqualTo(name.contains("esn"));
          assertThat(add.selector() == null).isEqualTo(name.contains("4in6"));
          assertThat(add.toString()).doesNotContain("c5bfb5");
        }
        case IpXfrmCommand.PolicyAdd add -> {
          policies++;
          assertThat(add.policy().templates()).hasSize(1);
          assertThat(add.policy().templates().getFirst().reqid()).isEqualTo(1);
          assertThat(line).contains("dir " + add.policy().direction().label());
        }
        default -> throw new AssertionError(command);
      }
    }
    assertThat(states).isEqualTo(4);
    assertThat(policies).isEqualTo(name.endsWith("transport-gcm128-v6") ? 16 : 4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"esp-transport-gcm128-udpencap-v4", "esp-tunnel-gcm128-udpencap-v4"})
  void encapsulationIsRead(String name) {
    StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(1));
    for (String line : GoldenCapture.commandsOf(name)) {
      if (grammar.parse(line) instanceof IpXfrmCommand.StateAdd add) {
        assertThat(add.parameters().encap())
            .isEqualTo(new Encap(Encap.Type.ESPINUDP, 4500, 4500, IpAddress.ANY4));
        assertThat(add.state(maker).id().spi()).isEqualTo(add.spi());
      }
    }
  }

  @Test
  void readsEveryClauseOfAState() {
    IpXfrmCommand.StateAdd add =
        state(
            "xfrm state update src fd00::1 dst fd00::2 proto esp spi 4096 mode tunnel reqid 16389"
                + " seq 9 aead \"rfc4106(gcm(aes))\" 0x"
                + "00".repeat(36)
                + " 96 replay-window 128 replay-seq 5 replay-seq-hi 1 replay-oseq 0xffffffff"
                + " flag esn af-unspec decap-dscp extra-flag dont-encap-dscp mark 0x10 mask 0xf0"
                + " if_id 3 ctx \"user_u:user_r:app_t:s0\" limit time-soft 10 limit time-hard 20"
                + " limit byte-hard 18446744073709551615 limit packet-hard 7 tfcpad 600 dir in"
                + " sel src fd01::/16 dst fd02::5 proto udp sport 53");
    assertThat(add.update()).isTrue();
    assertThat(add.spi()).isEqualTo(4096);
    assertThat(add.mode()).isEqualTo(Mode.TUNNEL);
    assertThat(add.reqid()).isEqualTo(16389);
    assertThat(add.sequence()).isEqualTo(9);
    assertThat(add.mark()).isEqualTo(new Mark(0x10, 0xf0));
    assertThat(add.ifId()).isEqualTo(3);
    assertThat(add.label()).isEqualTo(SecurityLabel.selinux(77, "user_u:user_r:app_t:s0"));
    assertThat(add.direction()).isEqualTo(Direction.IN);
    assertThat(add.lifetimes())
        .isEqualTo(
            new Lifetimes(
                Lifetimes.INFINITE,
                Lifetimes.INFINITE,
                Lifetimes.INFINITE,
                7,
                10,
                20,
                Lifetimes.INFINITE,
                Lifetimes.INFINITE));
    assertThat(String.valueOf(add.selector()))
        .isEqualTo("src fd01::/16 dst fd02::5/128 proto udp sport 53");
    SaParameters esp = add.parameters();
    assertThat(((Protection.Combined) esp.protection()).icvBits()).isEqualTo(96);
    assertThat(esp.replayWindow()).isEqualTo(128);
    assertThat(esp.lastIn()).isEqualTo(0x1_0000_0005L);
    assertThat(esp.lastOut()).isEqualTo(0xffff_ffffL);
    assertThat(esp.tfcPad()).isEqualTo(600);
    assertThat(esp.flags())
        .isEqualTo(
            Set.of(
                StateFlag.ESN,
                StateFlag.AF_UNSPEC,
                StateFlag.DECAP_DSCP,
                StateFlag.DONT_ENCAP_DSCP));
  }

  @Test
  void aStateWithoutSelectorIsForItsFamily() {
    IpXfrmCommand.StateAdd add = state(STATE);
    assertThat(String.valueOf(add.selector())).isEqualTo("src 0.0.0.0/0 dst 0.0.0.0/0");
    assertThat(keyOf(add)).isEqualTo(Secret.copyOf(HexFormat.of().parseHex(KEY.substring(2))));
    assertThat(keyOf(state(STATE.replace(KEY, "abcdefghijklmnopqrst"))).length()).isEqualTo(20);
  }

  @Test
  void readsEveryClauseOfAPolicy() {
    Policy policy =
        policy(
            "ip -6 xfrm policy add dst fd00::2/64 proto ipv6-icmp type 128 code 0 dir fwd"
                + " ctx a:b:c:s0 mark 0xff mask 0x0f index 10 ptype main action block"
                + " priority 4294967295 if_id 0x11"
                + " tmpl proto comp mode transport level use"
                + " tmpl src fd01::1 dst fd01::2 proto esp spi 0x55 reqid 2 mode tunnel"
                + " level required");
    assertThat(policy.selector().toString())
        .isEqualTo("src ::/0 dst fd00::2/64 proto ipv6-icmp type 128 code 0");
    assertThat(policy.direction()).isEqualTo(Direction.FWD);
    assertThat(policy.label()).isEqualTo(SecurityLabel.selinux(77, "a:b:c:s0"));
    assertThat(policy.mark()).isEqualTo(new Mark(0x0f, 0x0f));
    assertThat(policy.index()).isEqualTo(10);
    assertThat(policy.action()).isEqualTo(Policy.Action.BLOCK);
    assertThat(policy.priority()).isEqualTo(-1);
    assertThat(policy.ifId()).isEqualTo(0x11);
    assertThat(policy.templates())
        .containsExactly(
            new Template(
                IpAddress.ANY6, IpAddress.ANY6, 0, IpProtocol.IPCOMP, 0, Mode.TRANSPORT, true),
            new Template(
                IpAddress.parse("fd01::1"),
                IpAddress.parse("fd01::2"),
                0x55,
                IpProtocol.ESP,
                2,
                Mode.TUNNEL,
                false));
  }

  @Test
  void readsTheLimitsOfAPolicy() {
    assertThat(grammar.parse("policy add dir out limit time-use-soft 4 limit time-use-hard 5"))
        .isInstanceOfSatisfying(
            IpXfrmCommand.PolicyAdd.class,
            add -> {
              assertThat(add.lifetimes().softUse()).isEqualTo(4);
              assertThat(add.lifetimes().hardUse()).isEqualTo(5);
              assertThat(add.lifetimes().hardAdd()).isEqualTo(Lifetimes.INFINITE);
            });
  }

  @Test
  void readsSelectors() {
    assertThat(policy("policy add dir out").selector().toString())
        .isEqualTo("src 0.0.0.0/0 dst 0.0.0.0/0");
    Selector gre = policy("policy add proto gre key 0x00010002 dir out").selector();
    assertThat(gre.sourcePort()).isEqualTo(1);
    assertThat(gre.targetPort()).isEqualTo(2);
    Selector tcp = policy("policy add src 10.1.2.3/8 proto tcp dport 80 sport 1 dir in").selector();
    assertThat(tcp.toString()).isEqualTo("src 10.1.2.3/8 dst 0.0.0.0/0 proto tcp sport 1 dport 80");
    assertThat(tcp.sourceMask()).isEqualTo(0xffff);
  }

  @Test
  void readsTheOtherCommands() {
    IpAddress to = IpAddress.parse("10.0.0.2");
    assertThat(grammar.parse("ip -n x xfrm state del dst 10.0.0.2 proto esp spi 0x100 mark 1"))
        .isEqualTo(
            new IpXfrmCommand.StateDelete(
                "x", new State.Id(to, 0x100, IpProtocol.ESP), new Mark(1, -1)));
    assertThat(grammar.parse("ip xfrm state flush")).isEqualTo(new IpXfrmCommand.StateFlush("", 0));
    assertThat(grammar.parse("ip xfrm state flush proto esp"))
        .isEqualTo(new IpXfrmCommand.StateFlush("", IpProtocol.ESP));
    assertThat(grammar.parse("ip xfrm policy flush"))
        .isEqualTo(new IpXfrmCommand.PolicyFlush("", PolicyType.MAIN));
    assertThat(grammar.parse("ip x state"))
        .isEqualTo(new IpXfrmCommand.StateList("", StateFilter.ALL, false, false));
    assertThat(grammar.parse("ip -s xfrm policy list nosock"))
        .isEqualTo(new IpXfrmCommand.PolicyList("", PolicyFilter.ALL, true, true));
    assertThat(grammar.parse("ip xfrm policy update dir in"))
        .isInstanceOf(IpXfrmCommand.PolicyUpdate.class);
    assertThat(grammar.parse("ip xfrm policy delete index 9 dir out"))
        .isEqualTo(
            new IpXfrmCommand.PolicyDelete(
                "", Direction.OUT, PolicyType.MAIN, null, 9, Mark.NONE, 0, null));
    assertThat(grammar.parse("ip xfrm policy delete src 10.0.0.1 dir out ctx a:b:c"))
        .isInstanceOfSatisfying(
            IpXfrmCommand.PolicyDelete.class,
            delete -> {
              assertThat(String.valueOf(delete.selector()))
                  .isEqualTo("src 10.0.0.1/32 dst 0.0.0.0/0");
              assertThat(delete.label()).isEqualTo(SecurityLabel.selinux(77, "a:b:c"));
            });
  }

  /** The sign {@code >>} stands before the word that the error must point at. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        ">>iptables -L | expected state, policy or monitor",
        "ip >>route | expected xfrm",
        "ip >>-b xfrm | expected -n NAME",
        "ip xfrm >> | expected state, policy or monitor",
        "ip xfrm state >>adx | expected add, update",
        "ip xfrm state add src >>10.0.0.300 dst | expected src, an address like",
        "ip xfrm state add src 10.0.0.1 dst >> | the line ends too early",
        "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto >>tcp | expected proto: esp, ah, comp",
        "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi >>0 | 0x100 to 0xffffffff",
        "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi >>0x1ffffffff | out of range",
        "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp >> | expected spi",
        "STATE mode >>rout | expected mode: transport, tunnel, beet",
        "STATE replay-window >>4097 | number from 0 to 4096",
        "STATE flag >>ens | expected one of noecn",
        "STATE flag esn replay-window >>0 | 1 to 4096",
        "STATE extra-flag >>oseq-may-wrap | nonce",
        "STATE >>speed 7 | expected one of src, dst",
        "STATE offload dev >>eth0 dir in | a device of this guest",
        "KEYLESS enc >>cbc(nonsense) 0x00 | this house has",
        "STATE >>enc cbc(aes) 0x00 | aead alone",
        "STATE ctx >>bad | no such user",
        "STATE ctx >>nocolon | expected user:role:type",
        "STATE replay-oseq-hi >>1 | expected flag esn",
        "STATE tfcpad >>100 | expected mode tunnel",
        "STATE limit >>seconds 5 | expected time-soft",
        "STATE sel >>mark 5 | expected src, dst, dev, proto",
        "KEYLESS aead 'rfc4106(gcm(aes))' >>0x0011 128 | takes 20 (128-bit key)",
        "KEYLESS aead 'rfc4106(gcm(aes))' >>0x001 128 | pairs of 0-9",
        "KEYLESS aead 'rfc4106(gcm(aes))' 0xc5bfb5a3f9c8f986e153d2b152d00f3eca45866b >>80 | 64, 96,"
            + " 128",
        "KEYLESS aead 'rfc4309(ccm(aes))' >>0x00 128 | takes 19",
        "KEYLESS >> | expected an algorithm",
        "ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto ah spi 5 >> | expected auth",
        "KEYLESS aead >>'rfc4106 | without its second half",
        "ip xfrm state add src fd00::1 dst >>10.0.0.2 proto esp spi 0x100 | both IPv4 or both"
            + " IPv6",
        "ip xfrm policy add src 10.0.0.1 >> | expected dir in",
        "ip xfrm policy add dir >>forward | expected dir: in, out, fwd",
        "ip xfrm policy add src 10.0.0.1 dst >>fd00::1 dir in | different families",
        "ip xfrm policy add proto 99 >>sport 5 dir in | expected proto",
        "ip xfrm policy add proto icmp >>sport 5 dir in | expected proto",
        "ip xfrm policy add proto udp sport >>65536 dir in | 0 to 65535",
        "ip xfrm policy add proto >>tpc dir in | a name like tcp",
        "ip xfrm policy add dir in index >>9 | remainder by 8 is 0",
        "ip xfrm policy add dir out action >>drop | expected action: allow, block",
        "ip xfrm policy add dir out tmpl src 10.0.0.1 >> | needs proto esp",
        "ip xfrm policy add dir out >>tmpl src fd00::1 dst fd00::2 proto esp | mode tunnel",
        "ip xfrm policy add dir out >>tmpl proto esp mode tunnel level use | level required",
        "ip xfrm policy add dir out tmpl proto esp level >>maybe | expected level",
        "ip xfrm policy add dir out limit >>hard 5 | expected time-soft",
        "ip xfrm policy delete dir out >> | expected a selector",
        "ip xfrm policy flush >>all | nothing more"
      })
  void saysWhereWhatAndHow(String text) {
    String full =
        text.replace("STATE", STATE)
            .replace("KEYLESS", STATE.substring(0, STATE.indexOf(AEAD) - 1));
    int bar = full.indexOf(" | ");
    String expected = full.substring(bar + 3);
    String marked = full.substring(0, bar);
    int mark = marked.indexOf(">>");
    String line = marked.replace(">>", "");
    IpXfrmException error = catchThrowableOfType(IpXfrmException.class, () -> grammar.parse(line));
    assertThat(error).as(line).isNotNull();
    boolean missing = mark == line.length();
    assertThat(error.column())
        .as(error.getMessage())
        .isEqualTo(missing ? line.stripTrailing().length() + 1 : mark + 1);
    assertThat(error.getMessage()).contains(expected).doesNotContain("c5bfb5");
  }

  @Test
  void tooManyTemplates() {
    String line = "policy add dir out" + " tmpl proto esp".repeat(7);
    IpXfrmException error = catchThrowableOfType(IpXfrmException.class, () -> grammar.parse(line));
    assertThat(error).hasMessageContaining("at most 6");
  }
}
