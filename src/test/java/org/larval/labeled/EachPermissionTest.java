package org.larval.labeled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.larval.labeled.Protocol.TCP;
import static org.larval.labeled.Protocol.UDP;
import static org.larval.packet.DropReason.LABEL_DENIED;
import static org.larval.packet.DropReason.PACKET_CLASS_DENIED;
import static org.larval.packet.DropReason.XFRM_OUT_NO_STATES;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.lab.file.LabFileException;
import org.larval.lab.run.LabRun;
import org.larval.labeled.PermissionLab.Shape;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;

/**
 * Each permission denied on its own: of a policy under which everything passes one rule is taken
 * away, and only what that rule was for goes wrong, in the way in which Linux lets it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EachPermissionTest {
  private static final int OK = SuiteClient.OK;
  private static final int SOCKET = SuiteClient.SOCKET;
  private static final int CONNECT = SuiteClient.CONNECT;
  private static final int WRITE = SuiteClient.WRITE;
  private static final int SILENCE = SuiteClient.NO_REPLY;
  private static final int READ = SuiteClient.READ;
  private static final int MISMATCH = SuiteClient.MISMATCH;

  /**
   * A denial and what follows.
   *
   * @param rule what is taken away
   * @param exit the client's exit code
   * @param errno what it was told, OK for nothing
   * @param drop why a packet was dropped, null if none was by labels
   * @param server what the server's calls up to listen(2) answer
   */
  record Row(
      Shape shape,
      Protocol protocol,
      String rule,
      int exit,
      Errno errno,
      @Nullable DropReason drop,
      Errno server) {
    @Override
    public String toString() {
      return shape + " " + protocol + " without " + rule;
    }
  }

  private static Row row(
      Shape shape,
      Protocol protocol,
      String rule,
      int exit,
      Errno errno,
      @Nullable DropReason drop) {
    return new Row(shape, protocol, rule, exit, errno, drop, Errno.OK);
  }

  private static Row udp(String rule, int exit, Errno errno, @Nullable DropReason drop) {
    return row(Shape.DIRECT, UDP, rule, exit, errno, drop);
  }

  private static Row tcp(String rule, int exit, Errno errno, @Nullable DropReason drop) {
    return row(Shape.DIRECT, TCP, rule, exit, errno, drop);
  }

  private static Row routed(String rule, int exit, Errno errno, DropReason drop) {
    return row(Shape.ROUTED, UDP, rule, exit, errno, drop);
  }

  /** The server does not come up, and the client finds nobody. */
  private static Row deaf(Protocol protocol, String rule) {
    int exit = protocol == TCP ? CONNECT : READ;
    return new Row(Shape.DIRECT, protocol, rule, exit, Errno.ECONNREFUSED, null, Errno.EACCES);
  }

  static final List<Row> ROWS =
      List.of(
          // system calls
          udp("a_t self:udp_socket create", SOCKET, Errno.EACCES, null),
          udp("a_t self:udp_socket connect", CONNECT, Errno.EACCES, null),
          udp("a_t self:udp_socket write", WRITE, Errno.EACCES, null),
          udp("a_t self:udp_socket read", READ, Errno.EACCES, null),
          deaf(UDP, "b_t self:udp_socket create"),
          deaf(UDP, "b_t self:udp_socket bind"),
          deaf(UDP, "b_t port_t:udp_socket name_bind"),
          deaf(UDP, "b_t node_t:udp_socket node_bind"),
          udp("b_t self:udp_socket read", SILENCE, Errno.OK, null),
          udp("b_t self:udp_socket write", SILENCE, Errno.OK, null),
          tcp("a_t self:tcp_socket create", SOCKET, Errno.EACCES, null),
          tcp("a_t self:tcp_socket connect", CONNECT, Errno.EACCES, null),
          tcp("a_t port_t:tcp_socket name_connect", CONNECT, Errno.EACCES, null),
          tcp("a_t self:tcp_socket write", WRITE, Errno.EACCES, null),
          tcp("a_t self:tcp_socket read", READ, Errno.EACCES, null),
          deaf(TCP, "b_t self:tcp_socket create"),
          deaf(TCP, "b_t self:tcp_socket bind"),
          deaf(TCP, "b_t port_t:tcp_socket name_bind"),
          deaf(TCP, "b_t node_t:tcp_socket node_bind"),
          deaf(TCP, "b_t self:tcp_socket listen"),
          tcp("b_t self:tcp_socket accept", READ, Errno.ECONNRESET, null),
          tcp("b_t self:tcp_socket read", READ, Errno.ECONNRESET, null),
          tcp("b_t self:tcp_socket write", READ, Errno.ECONNRESET, null),
          // the client's packets on their way out: refused, as if nobody listened
          udp("a_t out_a_t:packet send", WRITE, Errno.ECONNREFUSED, PACKET_CLASS_DENIED),
          udp("a_t if_a_t:netif egress", WRITE, Errno.ECONNREFUSED, LABEL_DENIED),
          udp("a_t node_b_t:node sendto", WRITE, Errno.ECONNREFUSED, LABEL_DENIED),
          tcp("a_t out_a_t:packet send", CONNECT, Errno.ECONNREFUSED, PACKET_CLASS_DENIED),
          tcp("a_t if_a_t:netif egress", CONNECT, Errno.ECONNREFUSED, LABEL_DENIED),
          tcp("a_t node_b_t:node sendto", CONNECT, Errno.ECONNREFUSED, LABEL_DENIED),
          // on their way in: who put CIPSO on them is told
          udp("netlabel_peer_t if_b_t:netif ingress", READ, Errno.EHOSTUNREACH, LABEL_DENIED),
          udp("netlabel_peer_t node_a_t:node recvfrom", READ, Errno.EHOSTUNREACH, LABEL_DENIED),
          udp("b_t in_b_t:packet recv", SILENCE, Errno.OK, PACKET_CLASS_DENIED),
          tcp("netlabel_peer_t if_b_t:netif ingress", CONNECT, Errno.EHOSTUNREACH, LABEL_DENIED),
          tcp("netlabel_peer_t node_a_t:node recvfrom", CONNECT, Errno.EHOSTUNREACH, LABEL_DENIED),
          tcp("b_t in_b_t:packet recv", CONNECT, Errno.EINPROGRESS, PACKET_CLASS_DENIED),
          // the answers: the client hears nothing
          udp("b_t out_b_t:packet send", SILENCE, Errno.OK, PACKET_CLASS_DENIED),
          udp("b_t if_b_t:netif egress", SILENCE, Errno.OK, LABEL_DENIED),
          udp("b_t node_a_t:node sendto", SILENCE, Errno.OK, LABEL_DENIED),
          udp("netlabel_peer_t if_a_t:netif ingress", SILENCE, Errno.OK, LABEL_DENIED),
          udp("netlabel_peer_t node_b_t:node recvfrom", SILENCE, Errno.OK, LABEL_DENIED),
          udp("a_t in_a_t:packet recv", SILENCE, Errno.OK, PACKET_CLASS_DENIED),
          tcp("b_t out_b_t:packet send", CONNECT, Errno.EINPROGRESS, PACKET_CLASS_DENIED),
          tcp("b_t if_b_t:netif egress", CONNECT, Errno.EINPROGRESS, LABEL_DENIED),
          tcp("a_t in_a_t:packet recv", CONNECT, Errno.EINPROGRESS, PACKET_CLASS_DENIED),
          udp("b_t netlabel_peer_t:peer recv", READ, Errno.EHOSTUNREACH, LABEL_DENIED),
          udp("a_t netlabel_peer_t:peer recv", SILENCE, Errno.OK, LABEL_DENIED),
          tcp("b_t netlabel_peer_t:peer recv", CONNECT, Errno.EHOSTUNREACH, LABEL_DENIED),
          tcp("a_t netlabel_peer_t:peer recv", CONNECT, Errno.EINPROGRESS, LABEL_DENIED),
          // passed on: a router says so of labels, not of marks, and not of what leaves it
          routed("netlabel_peer_t if_in_t:netif ingress", READ, Errno.ENETUNREACH, LABEL_DENIED),
          routed("netlabel_peer_t node_a_t:node recvfrom", READ, Errno.ENETUNREACH, LABEL_DENIED),
          routed(
              "netlabel_peer_t pass_t:packet forward_in", SILENCE, Errno.OK, PACKET_CLASS_DENIED),
          routed(
              "netlabel_peer_t pass_t:packet forward_out", SILENCE, Errno.OK, PACKET_CLASS_DENIED),
          routed("netlabel_peer_t if_out_t:netif egress", SILENCE, Errno.OK, LABEL_DENIED),
          routed("netlabel_peer_t node_b_t:node sendto", SILENCE, Errno.OK, LABEL_DENIED),
          // labeled IPsec: in clear without polmatch, no SA without sendto, silence at the peer
          row(Shape.IPSEC, UDP, "a_t spd_t:association polmatch", MISMATCH, Errno.OK, null),
          row(Shape.IPSEC, TCP, "a_t spd_t:association polmatch", MISMATCH, Errno.OK, null),
          row(
              Shape.IPSEC,
              UDP,
              "a_t self:association sendto",
              SILENCE,
              Errno.OK,
              XFRM_OUT_NO_STATES),
          row(
              Shape.IPSEC,
              TCP,
              "a_t self:association sendto",
              CONNECT,
              Errno.EINPROGRESS,
              XFRM_OUT_NO_STATES),
          row(Shape.IPSEC, UDP, "b_t a_t:peer recv", SILENCE, Errno.OK, LABEL_DENIED),
          row(Shape.IPSEC, TCP, "b_t a_t:peer recv", CONNECT, Errno.EINPROGRESS, LABEL_DENIED),
          row(Shape.IPSEC, UDP, "a_t if_b_t:netif ingress", SILENCE, Errno.OK, LABEL_DENIED),
          row(Shape.IPSEC, UDP, "a_t node_a_t:node recvfrom", SILENCE, Errno.OK, LABEL_DENIED),
          // before network_peer_controls
          row(
              Shape.COMPAT_UNLABELED,
              UDP,
              "a_t unlabeled_t:association sendto",
              WRITE,
              Errno.ECONNREFUSED,
              LABEL_DENIED),
          row(
              Shape.COMPAT_UNLABELED,
              UDP,
              "b_t unlabeled_t:association recvfrom",
              SILENCE,
              Errno.OK,
              LABEL_DENIED),
          row(
              Shape.COMPAT,
              UDP,
              "b_t netlabel_peer_t:udp_socket recvfrom",
              READ,
              Errno.EHOSTUNREACH,
              LABEL_DENIED),
          row(
              Shape.COMPAT,
              TCP,
              "b_t netlabel_peer_t:tcp_socket recvfrom",
              CONNECT,
              Errno.EHOSTUNREACH,
              LABEL_DENIED));

  private final List<String> table = new ArrayList<>();

  @TempDir Path directory = Path.of("");

  /** What an exchange came to. */
  record Outcome(int exit, Errno errno, Errno server, List<String> denied, LabRun lab) {}

  private Outcome run(Shape shape, Protocol protocol, List<String> rules) {
    try (LabRun lab = PermissionLab.lab(directory, shape, rules)) {
      boolean looks = shape != Shape.COMPAT_UNLABELED;
      Errno server =
          lab.start("b", shell -> new SuiteServer(shell, protocol, PermissionLab.SERVER, looks));
      List<SuiteClient> clients = new ArrayList<>();
      lab.start(
          "a",
          shell -> {
            clients.add(
                new SuiteClient(
                    shell,
                    protocol,
                    PermissionLab.CLIENT,
                    shape == Shape.IPSEC
                        ? "u:r:a_t:s0"
                        : looks ? "u:object_r:netlabel_peer_t:s0" : "nopeer",
                    shape.server));
            return clients.getFirst();
          });
      lab.finish();
      List<String> denied =
          lab.audit().stream().map(record -> record.question()).distinct().toList();
      SuiteClient client = clients.getFirst();
      return new Outcome(client.exit(), client.errno(), server, denied, lab);
    }
  }

  static Stream<Arguments> exchanges() {
    return Stream.of(Shape.values())
        .flatMap(shape -> Stream.of(UDP, TCP).map(protocol -> Arguments.of(shape, protocol)));
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void withAllRulesEverythingPasses(Shape shape, Protocol protocol) {
    Outcome got = run(shape, protocol, PermissionLab.rules(shape));
    assertThat(got.denied()).isEmpty();
    assertThat(got.exit()).as("%s", got).isEqualTo(OK);
    assertThat(got.lab().dropped(LABEL_DENIED)).isZero();
    assertThat(got.lab().dropped(PACKET_CLASS_DENIED)).isZero();
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("ROWS")
  void oneRuleLess(Row row) {
    List<String> rules = new ArrayList<>(PermissionLab.rules(row.shape()));
    assertThat(rules.remove(row.rule())).as(row.rule()).isTrue();
    Outcome got = run(row.shape(), row.protocol(), rules);
    table.add(
        "%-16s %s %-44s %2d %2d %-12s %-12s %s"
            .formatted(
                row.shape(),
                row.protocol(),
                row.rule(),
                row.exit(),
                got.exit(),
                got.errno() == Errno.OK ? "" : got.errno(),
                got.server() == Errno.OK ? "" : got.server(),
                row.drop() == null ? "" : row.drop()));
    assertThat(got.denied()).singleElement().satisfies(text -> names(text, row.rule()));
    assertThat(got.exit()).as("%s", got).isEqualTo(row.exit());
    assertThat(got.errno()).isEqualTo(row.errno());
    assertThat(got.server()).isEqualTo(row.server());
    for (DropReason reason : List.of(LABEL_DENIED, PACKET_CLASS_DENIED, XFRM_OUT_NO_STATES)) {
      long dropped = got.lab().dropped(reason);
      if (reason != row.drop()) {
        assertThat(dropped).as("%s", reason).isZero();
      } else if (row.protocol() == UDP) {
        assertThat(dropped).as("%s", reason).isEqualTo(1);
      } else {
        assertThat(dropped).as("%s", reason).isPositive();
      }
    }
  }

  /** The record names the rule's types, class and permission. */
  private static void names(String record, String rule) {
    String[] words = rule.split("[ :]", -1);
    String object = words[1].equals("self") ? words[0] : words[1];
    assertThat(record)
        .contains("{ " + words[3] + " }")
        .containsPattern(" scontext=\\w+:\\w+:" + words[0] + ":")
        .containsPattern(" tcontext=\\w+:\\w+:" + object + ":")
        .contains(" tclass=" + words[2] + " ");
  }

  @ParameterizedTest
  @EnumSource
  void whoLoadsNeedsSetcontextAndRelabelto(Shape shape) {
    for (String rule : PermissionLab.rules(shape)) {
      if (!rule.startsWith("admin_t ")) {
        continue;
      }
      List<String> rules = new ArrayList<>(PermissionLab.rules(shape));
      rules.remove(rule);
      String permission = rule.substring(rule.lastIndexOf(' ') + 1);
      assertThatThrownBy(() -> PermissionLab.lab(directory, shape, rules).close())
          .as(rule)
          .isInstanceOf(LabFileException.class)
          .hasMessageContaining("EACCES")
          .hasMessageContaining("denied { " + permission + " }")
          .hasMessageContaining("tcontext=u:" + (rule.contains("association") ? "" : "object_r:"))
          .hasMessageMatching("(?s).*lab.yaml:\\d+:\\d+: .*");
      table.add("%-16s     %-44s lab file refused".formatted(shape, rule));
    }
  }

  @AfterAll
  void printTable() {
    System.out.println(
        "each permission on its own: lab, protocol, rule taken away, exit code expected and got,"
            + " the client's errno, the server's, dropped as\n"
            + String.join("\n", table));
  }
}
