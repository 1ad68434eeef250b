package org.larval.labeled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.labeled.InetSocket.CALLER;
import static org.larval.labeled.InetSocket.LEVEL;
import static org.larval.labeled.Protocol.TCP;
import static org.larval.labeled.Protocol.UDP;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.lab.run.LabRun;
import org.larval.labeled.InetSocket.Load;
import org.larval.packet.Errno;

/**
 * The cases of tests/inet_socket of the SELinux test suite, with its load scripts, its types and
 * its exit codes.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InetSocketTest {
  private static final String GOOD = "test_inet_client_t";
  private static final String BAD = "test_inet_bad_client_t";
  private static final String PEER = "system_u:object_r:netlabel_peer_t:";

  /** What a case of a failing bind or connect answers: nonzero. */
  private static final int NONZERO = 1;

  private final List<String> table = new ArrayList<>();

  /**
   * A case.
   *
   * @param server the server's type and level, null for no server
   * @param client the client's type and level
   * @param expected what the server is to call the client, null for its own context
   * @param looks whether the server looks
   * @param exit the exit code
   * @param permissive the exit code without enforcing
   */
  record Case(
      Load load,
      Protocol protocol,
      @Nullable String server,
      String client,
      String target,
      @Nullable String expected,
      boolean looks,
      int exit,
      int permissive) {
    @Override
    public String toString() {
      return "%s %s, server %s, client %s, %s"
          .formatted(load, protocol, server == null ? "none" : server, client, target);
    }

    private Case peer(String label) {
      return new Case(load, protocol, server, client, target, label, looks, exit, permissive);
    }

    private Case blind() {
      return new Case(load, protocol, server, client, target, "nopeer", false, exit, permissive);
    }

    private Case over(Load other) {
      return new Case(other, protocol, server, client, target, expected, looks, exit, permissive);
    }

    private Case permissive(int code) {
      return new Case(load, protocol, server, client, target, expected, looks, exit, code);
    }
  }

  private static Case of(
      Load load, Protocol protocol, String server, String client, String target, int exit) {
    return new Case(load, protocol, server, client, target, null, true, exit, 0);
  }

  /** fail_value1 of the suite: refused, and told so by ICMP. */
  private static int told(Protocol protocol) {
    return protocol == TCP ? SuiteClient.CONNECT : SuiteClient.READ;
  }

  /** fail_value2 of the suite: silence. */
  private static int silent(Protocol protocol) {
    return protocol == TCP ? SuiteClient.CONNECT : SuiteClient.NO_REPLY;
  }

  private static String server(String level) {
    return "test_inet_server_t:" + level;
  }

  private static String good(String level) {
    return GOOD + ":" + level;
  }

  static List<Case> exchanges() {
    List<Case> all = new ArrayList<>();
    for (Protocol protocol : Protocol.values()) {
      full(all, protocol);
      if (protocol == TCP) {
        tagsOverTcp(all);
      } else {
        tagsOverUdp(all);
      }
      ipsec(all, protocol);
      marks(all, protocol, Load.IPTABLES);
      marks(all, protocol, Load.NFTABLES);
      calipso(all, protocol);
    }
    return all;
  }

  private static void full(List<Case> all, Protocol protocol) {
    String server = server(LEVEL);
    all.add(of(Load.CIPSO_FULL, protocol, server, GOOD + ":" + LEVEL, "127.0.0.1", 0));
    all.add(of(Load.CIPSO_FULL, protocol, server, BAD + ":" + LEVEL, "127.0.0.1", told(protocol)));
  }

  /** A case with CIPSO in which only levels matter; the server names the client by its level. */
  private static Case level(Load load, Protocol protocol, String server, String client, int exit) {
    return of(load, protocol, server(server), good(client), "127.0.0.1", exit).peer(PEER + client);
  }

  private static void tagsOverTcp(List<Case> all) {
    int denied = told(TCP);
    int noSpace = SuiteClient.CONNECT;
    all.add(level(Load.CIPSO_TAG_1, TCP, "s0:c20.c250", "s0:c61.c239", 0));
    all.add(level(Load.CIPSO_TAG_1, TCP, "s0:c20.c250", "s0:c19,c120", denied));
    all.add(level(Load.CIPSO_TAG_1, TCP, "s0:c20.c250", "s0:c0.c240", noSpace).permissive(noSpace));
    all.add(level(Load.CIPSO_TAG_2, TCP, "s0:c0.c100", "s0:c90.c100", 0));
    all.add(level(Load.CIPSO_TAG_2, TCP, "s0:c0.c100", "s0:c0.c14", 0));
    all.add(level(Load.CIPSO_TAG_2, TCP, "s0:c0.c100", "s0:c101", denied));
    all.add(level(Load.CIPSO_TAG_2, TCP, "s0:c0.c100", "s0:c0.c16", noSpace).permissive(noSpace));
    all.add(level(Load.CIPSO_TAG_5, TCP, "s0:c0.c100", "s0:c0.c100", 0));
    all.add(level(Load.CIPSO_TAG_5, TCP, "s0:c0.c100", "s0:c8.c100", 0));
    all.add(level(Load.CIPSO_TAG_5, TCP, "s0:c0.c100", "s0:c8.c101", denied));
    String eight = "c20.c25,c30.c36,c40.c45,c50.c55,c60.c66,c70.c78,c80.c88";
    all.add(level(Load.CIPSO_TAG_5, TCP, "s0:c0.c100", "s0:c0.c3," + eight, 0));
    all.add(
        level(Load.CIPSO_TAG_5, TCP, "s0:c0.c100", "s0:" + eight + ",c90.c99", noSpace)
            .permissive(noSpace));
  }

  private static void tagsOverUdp(List<Case> all) {
    int denied = told(UDP);
    all.add(level(Load.CIPSO_TAG_1, UDP, "s0:c20.c50", "s0:c20.c50", 0));
    all.add(level(Load.CIPSO_TAG_1, UDP, "s0:c20.c50", "s0:c40.c51", denied));
    all.add(level(Load.CIPSO_TAG_2, UDP, "s0:c0.c14", "s0:c0.c14", 0));
    all.add(level(Load.CIPSO_TAG_2, UDP, "s0:c0.c14", "s0:c15", denied));
    all.add(level(Load.CIPSO_TAG_5, UDP, "s0:c0.c100", "s0:c0.c100", 0));
    all.add(level(Load.CIPSO_TAG_5, UDP, "s0:c0.c100", "s0:c40.c101", denied));
  }

  private static void ipsec(List<Case> all, Protocol protocol) {
    String server = server(LEVEL);
    String bad = BAD + ":" + LEVEL;
    int denied = silent(protocol);
    all.add(of(Load.IPSEC, protocol, server, good(LEVEL), "127.0.0.1", 0));
    all.add(of(Load.IPSEC, protocol, server, bad, "127.0.0.1", denied));
    if (protocol == TCP) {
      all.add(of(Load.IPSEC, protocol, server, good(LEVEL), "::1", 0));
      all.add(of(Load.IPSEC, protocol, server, bad, "::1", denied));
    } else {
      all.add(of(Load.IPSEC, protocol, server, good(LEVEL), "::1", 0).blind());
    }
  }

  private static void marks(List<Case> all, Protocol protocol, Load rules) {
    for (String target : List.of("127.0.0.1", "::1")) {
      all.add(of(rules, protocol, server(LEVEL), good(LEVEL), target, 0).blind());
      all.add(
          of(rules, protocol, server(LEVEL), BAD + ":" + LEVEL, target, silent(protocol)).blind());
    }
  }

  private static void calipso(List<Case> all, Protocol protocol) {
    String server = server("s0:c0.c10");
    int denied = silent(protocol);
    for (String level : List.of("s0:c0.c10", "s0:c8.c10", "s0:c8.c12")) {
      if (protocol == UDP && level.equals("s0:c8.c10")) {
        continue;
      }
      int exit = level.equals("s0:c8.c12") ? denied : 0;
      Case each = of(Load.CALIPSO, protocol, server, good(level), "::1", exit).peer(PEER + level);
      all.add(protocol == UDP ? each.blind() : each);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("exchanges")
  void aClientEndsAsInTheSuite(Case each) {
    Outcome got = run(each, true);
    note(each, each.exit(), got, "enforcing");
    assertThat(got.exit()).as(got.toString()).isEqualTo(each.exit());
    // whoever fails is denied something of class peer or packet, unless there is no label for him
    assertThat(got.audit().stream().anyMatch(text -> text.matches(".* tclass=(peer|packet) .*")))
        .as(got.toString())
        .isEqualTo(each.exit() != 0 && got.errno() != Errno.ENOSPC);
  }

  /**
   * What cannot be encoded has no label whoever enforces what. With IPsec SAs for the server are
   * needed; see below.
   */
  @ParameterizedTest(name = "{0}")
  @MethodSource("exchanges")
  void permissiveEverythingSucceedsThatHasALabel(Case exchange) {
    Case each = exchange.load() == Load.IPSEC ? exchange.over(Load.IPSEC_BOTH_WAYS) : exchange;
    Outcome got = run(each, false);
    if (each.exit() != 0) {
      note(each, each.permissive(), got, "permissive");
    }
    assertThat(got.exit()).as(got.toString()).isEqualTo(each.permissive());
  }

  /**
   * The suite's server answers in clear because it may not match the policy. Permissive it may, and
   * there is no SA with its label: nobody hears an answer, the good client neither.
   */
  @ParameterizedTest
  @EnumSource
  void permissiveTheServerOfLabeledIpsecNeedsSasOfItsOwn(Protocol protocol) {
    Case each = of(Load.IPSEC, protocol, server(LEVEL), good(LEVEL), "127.0.0.1", 0);
    Outcome got = run(each, false);
    note(each, silent(protocol), got, "permissive");
    assertThat(got.exit()).as(got.toString()).isEqualTo(silent(protocol));
    assertThat(got.audit())
        .anyMatch(
            record -> record.contains("{ polmatch }") && record.contains("test_inet_server_t"));
  }

  /**
   * What became of a client.
   *
   * @param audit what was denied
   */
  record Outcome(int exit, Errno errno, String reply, List<String> audit) {}

  private static Outcome run(Case each, boolean enforcing) {
    try (LabRun lab = InetSocket.lab(each.load(), enforcing)) {
      String server = each.server();
      if (server != null) {
        Errno started =
            lab.start(
                "a",
                shell -> new SuiteServer(shell, each.protocol(), CALLER + server, each.looks()));
        assertThat(started).as("the server, %s", lab.audit()).isEqualTo(Errno.OK);
      }
      List<SuiteClient> clients = new ArrayList<>();
      lab.start(
          "a",
          shell -> {
            clients.add(
                new SuiteClient(
                    shell,
                    each.protocol(),
                    CALLER + each.client(),
                    each.expected(),
                    each.target()));
            return clients.getFirst();
          });
      lab.finish();
      SuiteClient client = clients.getFirst();
      return new Outcome(
          client.exit(),
          client.errno(),
          client.reply(),
          lab.audit().stream().map(record -> record.text()).distinct().toList());
    }
  }

  // --- bind and connect ---

  record BindCase(Protocol protocol, String type, int exit) {}

  static Stream<BindCase> binds() {
    return Stream.of(Protocol.values())
        .flatMap(
            protocol ->
                Stream.of(
                    new BindCase(protocol, "test_inet_bind_t", 0),
                    new BindCase(protocol, "test_inet_no_name_bind_t", NONZERO),
                    new BindCase(protocol, "test_inet_no_node_bind_t", NONZERO)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("binds")
  void bindNeedsPortAndAddress(BindCase each) {
    for (boolean enforcing : List.of(true, false)) {
      try (LabRun lab = InetSocket.lab(Load.NOTHING, enforcing)) {
        Errno answer =
            lab.start(
                "a",
                shell ->
                    new SuiteServer(
                        shell, each.protocol(), CALLER + each.type() + ":" + LEVEL, false));
        int expected = enforcing ? each.exit() : 0;
        line(
            "bind, no network configuration",
            each.protocol(),
            each.type(),
            "",
            expected,
            answer == Errno.OK ? 0 : NONZERO,
            answer,
            enforcing ? "enforcing" : "permissive",
            expected == 0 && enforcing || each.exit() != 0);
        assertThat(answer).isEqualTo(expected == 0 ? Errno.OK : Errno.EACCES);
      }
    }
  }

  record ConnectCase(String type, int exit) {}

  static Stream<ConnectCase> connects() {
    return Stream.of(
        new ConnectCase("test_inet_connect_t", 0),
        new ConnectCase("test_inet_no_name_connect_t", SuiteClient.CONNECT));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("connects")
  void connectNeedsThePort(ConnectCase each) {
    String own = each.type() + ":" + LEVEL;
    Case asCase =
        new Case(Load.NOTHING, TCP, own, own, "127.0.0.1", "nopeer", false, each.exit(), 0);
    for (boolean enforcing : List.of(true, false)) {
      Outcome got = run(asCase, enforcing);
      int expected = enforcing ? each.exit() : 0;
      if (enforcing || each.exit() != 0) {
        note(asCase, expected, got, enforcing ? "enforcing" : "permissive");
      }
      assertThat(got.exit()).as(got.toString()).isEqualTo(expected);
    }
  }

  // --- the list ---

  private void note(Case each, int expected, Outcome got, String mode) {
    line(
        each.load().toString(),
        each.protocol(),
        "S " + each.server() + ", C " + each.client(),
        each.target(),
        expected,
        got.exit(),
        got.errno(),
        mode,
        true);
  }

  private void line(
      String load,
      Protocol protocol,
      String who,
      String target,
      int expected,
      int got,
      Errno errno,
      String mode,
      boolean wanted) {
    if (wanted) {
      table.add(
          "%-12s %s %-10s %2d %2d %-12s %-9s %s"
              .formatted(
                  load.substring(0, Math.min(12, load.length())),
                  protocol,
                  mode,
                  expected,
                  got,
                  errno == Errno.OK ? "" : errno,
                  target,
                  who));
    }
  }

  @AfterAll
  void printTable() {
    System.out.println(
        "tests/inet_socket: load, protocol, mode, exit code expected and got, errno, target, who\n"
            + String.join("\n", table));
  }
}
