package org.larval.secmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.labels.Sids;
import org.larval.packet.Packet;
import org.larval.packet.Verdict;
import org.larval.secmark.conntrack.ConntrackSettings;
import org.larval.wire.IpProtocol;

/**
 * Random rules on random packets, both grammars, against a slow interpreter that knows neither the
 * grammars nor the rules' compiled form: each rule is a text and, beside it, what it means.
 */
class ReferenceTest {
  private static final int CHAINS = 4;
  private static final int PACKETS = 400;
  private static final List<String> LABELS =
      List.of("system_u:object_r:a_t:s0", "system_u:object_r:b_t:s0", "system_u:object_r:c_t:s0");

  /** A packet as the reference sees it. */
  private static final class Sample {
    private int source;
    private int target;
    private int protocol;
    private int port;
    private int nic;
    private int mark;
    private int label;
  }

  /** A match: how both grammars write it, and what it means. */
  private record Clause(String nft, String xt, Predicate<Sample> holds) {}

  /** What a rule does at its end. */
  private enum Action {
    SET_LABEL,
    SET_MARK,
    OR_MARK,
    ACCEPT,
    DROP,
    RETURN,
    JUMP,
    GOTO
  }

  private record TestRule(List<Clause> clauses, Action action, int number) {}

  /** How a chain ends. */
  private enum End {
    ACCEPT,
    DROP,
    RETURN
  }

  private final Sids sids = new Sids();

  @AfterEach
  void nothingIsLeft() {
    assertThat(Datagrams.POOL.live()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void decidesAsTheReferenceDoes(boolean nft) {
    Random random = new Random(nft ? 11 : 12);
    int dropped = 0;
    int labeled = 0;
    for (int round = 0; round < 30; round++) {
      List<List<TestRule>> chains = chains(random, round % 3 == 0 ? 60 : 8);
      boolean policyDrops = random.nextBoolean();
      Ruleset rules = new Ruleset(LabelSource.of(sids), new Interfaces(List.of("eth0", "wan0")));
      if (nft) {
        rules.loadNft("f", nft(chains, policyDrops));
      } else {
        rules.loadXtables("f", xt(chains, policyDrops), 4);
      }
      HookWalk walk = new HookWalk(rules, ConntrackSettings.DEFAULT, random, "a");
      for (int i = 0; i < PACKETS; i++) {
        Sample sample = sample(random);
        Packet packet =
            Datagrams.v4(
                "10.0.0." + sample.source,
                "10.0.1." + sample.target,
                sample.protocol,
                9,
                sample.port);
        packet.inPort = sample.nic;
        packet.mark = sample.mark;
        boolean passes = walk.pass(NfHook.INPUT, 0, packet) instanceof Verdict.Continue;
        End end = run(chains, 0, sample);
        boolean expected = end == End.ACCEPT || end == End.RETURN && !policyDrops;
        assertThat(passes).as("round %s, packet %s", round, i).isEqualTo(expected);
        assertThat(packet.mark).as("round %s, packet %s", round, i).isEqualTo(sample.mark);
        int sid = sample.label == 0 ? 0 : sids.sid(LABELS.get(sample.label - 1));
        assertThat(packet.secmark).as("round %s, packet %s", round, i).isEqualTo(sid);
        dropped += expected ? 0 : 1;
        labeled += sid == 0 ? 0 : 1;
        packet.release();
      }
    }
    assertThat(dropped).isGreaterThan(1000);
    assertThat(labeled).isGreaterThan(1000);
  }

  private static Sample sample(Random random) {
    Sample sample = new Sample();
    sample.source = 1 + random.nextInt(8);
    sample.target = 1 + random.nextInt(4);
    sample.protocol = random.nextInt(3) == 0 ? IpProtocol.TCP : IpProtocol.UDP;
    sample.port = random.nextInt(40);
    sample.nic = random.nextInt(2);
    sample.mark = random.nextInt(4);
    return sample;
  }

  // --- the reference ---

  private static End run(List<List<TestRule>> chains, int chain, Sample sample) {
    for (TestRule rule : chains.get(chain)) {
      if (!rule.clauses.stream().allMatch(clause -> clause.holds.test(sample))) {
        continue;
      }
      switch (rule.action) {
        case SET_LABEL -> sample.label = rule.number;
        case SET_MARK -> sample.mark = rule.number;
        case OR_MARK -> sample.mark |= rule.number;
        case ACCEPT -> {
          return End.ACCEPT;
        }
        case DROP -> {
          return End.DROP;
        }
        case RETURN -> {
          return End.RETURN;
        }
        case JUMP -> {
          End end = run(chains, rule.number, sample);
          if (end != End.RETURN) {
            return end;
          }
        }
        case GOTO -> {
          return run(chains, rule.number, sample);
        }
      }
    }
    return End.RETURN;
  }

  // --- random rules ---

  private static List<List<TestRule>> chains(Random random, int longest) {
    List<List<TestRule>> chains = new ArrayList<>();
    for (int chain = 0; chain < CHAINS; chain++) {
      List<TestRule> rules = new ArrayList<>();
      for (int i = random.nextInt(longest) + 1; i > 0; i--) {
        rules.add(rule(random, chain));
      }
      chains.add(rules);
    }
    return chains;
  }

  private static TestRule rule(Random random, int chain) {
    List<Clause> clauses = new ArrayList<>();
    if (random.nextInt(4) > 0) {
      clauses.add(ports(random));
    }
    if (random.nextInt(3) == 0) {
      clauses.add(source(random));
    }
    if (random.nextInt(4) == 0) {
      clauses.add(targets(random));
    }
    if (random.nextInt(4) == 0) {
      clauses.add(device(random));
    }
    if (random.nextInt(4) == 0) {
      clauses.add(mark(random));
    }
    Action action = Action.values()[random.nextInt(Action.values().length)];
    boolean ends = action == Action.ACCEPT || action == Action.DROP;
    if (ends && random.nextInt(3) > 0) {
      action = Action.SET_LABEL;
    }
    boolean jumps = action == Action.JUMP || action == Action.GOTO;
    if (jumps && chain == CHAINS - 1) {
      action = Action.OR_MARK;
      jumps = false;
    }
    int number = jumps ? chain + 1 + random.nextInt(CHAINS - 1 - chain) : 1 + random.nextInt(3);
    return new TestRule(clauses, action, number);
  }

  private static Clause ports(Random random) {
    String protocol = random.nextInt(3) == 0 ? "tcp" : "udp";
    int number = protocol.equals("tcp") ? IpProtocol.TCP : IpProtocol.UDP;
    int first = random.nextInt(40);
    int last = first + random.nextInt(5);
    boolean not = random.nextInt(4) == 0;
    Predicate<Sample> fits =
        sample -> sample.protocol == number && (sample.port >= first && sample.port <= last) != not;
    if (random.nextInt(3) == 0) {
      int other = first + 7;
      Predicate<Sample> either =
          sample ->
              sample.protocol == number && (sample.port == first || sample.port == other) != not;
      return new Clause(
          protocol + " dport " + (not ? "!= " : "") + "{ " + first + ", " + other + " }",
          "-p "
              + protocol
              + " -m multiport "
              + (not ? "! " : "")
              + "--dports "
              + first
              + ","
              + other,
          either);
    }
    return new Clause(
        protocol + " dport " + (not ? "!= " : "") + first + "-" + last,
        "-p " + protocol + (not ? " !" : "") + " --dport " + first + ":" + last,
        fits);
  }

  private static Clause source(Random random) {
    int address = 1 + random.nextInt(8);
    boolean not = random.nextBoolean();
    String prefix = "10.0.0." + (address & ~3) + "/30";
    return new Clause(
        "ip saddr " + (not ? "!= " : "") + prefix,
        (not ? "! " : "") + "-s " + prefix,
        sample -> (sample.source >> 2 == address >> 2) != not);
  }

  private static Clause targets(Random random) {
    int first = 1 + random.nextInt(3);
    int last = first + 1;
    String span = "10.0.1." + first + "-10.0.1." + last;
    return new Clause(
        "ip daddr { " + span + ", 10.9.9.9 }",
        "-m iprange --dst-range " + span,
        sample -> sample.target >= first && sample.target <= last);
  }

  private static Clause device(Random random) {
    boolean not = random.nextBoolean();
    String sign = not ? "!= " : "";
    return random.nextBoolean()
        ? new Clause(
            "iifname " + sign + "\"eth*\"",
            (not ? "! " : "") + "-i eth+",
            sample -> sample.nic == 0 != not)
        : new Clause(
            "iifname " + sign + "wan0",
            (not ? "! " : "") + "-i wan0",
            sample -> sample.nic == 1 != not);
  }

  private static Clause mark(Random random) {
    int mask = 1 + random.nextInt(3);
    int value = random.nextInt(4) & mask;
    return new Clause(
        "meta mark & " + mask + " == " + value,
        "-m mark --mark " + value + "/" + mask,
        sample -> (sample.mark & mask) == value);
  }

  // --- the texts ---

  private static String nft(List<List<TestRule>> chains, boolean drops) {
    StringBuilder text = new StringBuilder("table ip t {\n");
    for (int i = 0; i < LABELS.size(); i++) {
      text.append("secmark s%d { \"%s\" }%n".formatted(i + 1, LABELS.get(i)));
    }
    for (int i = chains.size() - 1; i >= 0; i--) {
      text.append("chain c").append(i).append(" {\n");
      if (i == 0) {
        text.append("type filter hook input priority 0; policy ");
        text.append(drops ? "drop;\n" : "accept;\n");
      }
      for (TestRule rule : chains.get(i)) {
        rule.clauses.forEach(clause -> text.append(clause.nft).append(' '));
        text.append(
            switch (rule.action) {
              case SET_LABEL -> "meta secmark set \"s" + rule.number + "\"";
              case SET_MARK -> "meta mark set " + rule.number;
              case OR_MARK -> "meta mark set meta mark or " + rule.number;
              case ACCEPT -> "accept";
              case DROP -> "drop";
              case RETURN -> "return";
              case JUMP -> "jump c" + rule.number;
              case GOTO -> "goto c" + rule.number;
            });
        text.append('\n');
      }
      text.append("}\n");
    }
    return text.append("}\n").toString();
  }

  private static String xt(List<List<TestRule>> chains, boolean drops) {
    StringBuilder text = new StringBuilder("*security\n:INPUT ");
    text.append(drops ? "DROP" : "ACCEPT").append(" [0:0]\n");
    for (int i = 1; i < chains.size(); i++) {
      text.append(":c").append(i).append(" - [0:0]\n");
    }
    for (int i = 0; i < chains.size(); i++) {
      for (TestRule rule : chains.get(i)) {
        text.append("-A ").append(i == 0 ? "INPUT" : "c" + i).append(' ');
        rule.clauses.forEach(clause -> text.append(clause.xt).append(' '));
        text.append(
            switch (rule.action) {
              case SET_LABEL -> "-j SECMARK --selctx " + LABELS.get(rule.number - 1);
              case SET_MARK -> "-j MARK --set-mark " + rule.number;
              case OR_MARK -> "-j MARK --or-mark " + rule.number;
              case JUMP -> "-j c" + rule.number;
              case GOTO -> "-g c" + rule.number;
              default -> "-j " + rule.action;
            });
        text.append('\n');
      }
    }
    return text.append("COMMIT\n").toString();
  }
}
