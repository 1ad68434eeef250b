package org.larval.xfrm.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.InstalledPolicy;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.transform.StateMaker;

/**
 * A transcript of {@code ip xfrm policy} is played in an engine, line by line: what a kernel
 * answered and listed, the engine answers and lists, byte for byte.
 */
class PolicyListingTest {
  private final XfrmEngine engine =
      new XfrmEngine("a", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
  private final IpXfrmRunner runner =
      new IpXfrmRunner(engine, new StateMaker(CryptoBackend.jce(), new Random(1)), new Random(2));
  private final IpXfrmQuery query =
      new IpXfrmQuery(engine, ListingFormat.PLAIN.withDevices(Transcript.DEVICES));

  /** Without what is not of the database: policies of sockets, and mobile IPv6. */
  private static String comparable(String listing) {
    StringBuilder kept = new StringBuilder();
    for (String block : Transcript.blocks(Transcript.withoutDates(listing))) {
      boolean ours =
          !block.contains("\tsocket ")
              && !block.contains("src fd00::7/128")
              && !block.startsWith("src fd00::7");
      if (ours) {
        kept.append(block);
      }
    }
    return kept.toString();
  }

  @Test
  void theWholeTranscript() {
    int answers = 0;
    int refusals = 0;
    int lists = 0;
    try (EffectList out = new EffectList()) {
      for (Transcript entry : Transcript.read("policy-options")) {
        // Mobile IPv6 is refused here; something else takes the indexes.
        String line =
            entry
                .command()
                .replaceAll("proto (route2|hao) mode ro( level use)?", "proto esp mode tunnel");
        if (line.matches(".*(count|set hthresh.*)$")) {
          // Buckets and sockets are a kernel's own.
          Transcript.GRAMMAR.parse(line.replace("4 33", "4 32"));
          continue;
        }
        IpXfrmCommand command;
        try {
          command = Transcript.GRAMMAR.parse(line);
        } catch (IpXfrmException problem) {
          assertThat(entry.refused()).as(line + ": " + problem.getMessage()).isTrue();
          refusals++;
          continue;
        }
        if (command instanceof IpXfrmCommand.Query ask) {
          String said = query.answer(ask);
          if (ask instanceof IpXfrmCommand.PolicyList) {
            assertThat(comparable(said)).as(line).isEqualTo(comparable(entry.output()));
            lists++;
          } else if (!entry.refused()) {
            assertThat(said).as(line).isEqualTo(entry.output());
          } else {
            assertThat(entry.output()).as(line).startsWith(said);
          }
          answers++;
          continue;
        }
        Errno errno = runner.run(0, command, out);
        String expected =
            errno == Errno.OK ? "" : "RTNETLINK answers: " + errno.text() + "\n[exit 2]\n";
        assertThat(entry.output()).as(line).isEqualTo(expected);
      }
    }
    assertThat(answers).isGreaterThanOrEqualTo(20);
    assertThat(lists).isGreaterThanOrEqualTo(12);
    assertThat(refusals).isEqualTo(4);
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    List<IpXfrmCommand> read = new ArrayList<>();
    try (EffectList out = new EffectList()) {
      for (Transcript entry : Transcript.read("policy-options")) {
        boolean taken = entry.command().startsWith("ip xfrm policy add") && !entry.refused();
        if (taken && !entry.command().contains("mode ro")) {
          IpXfrmCommand.PolicyAdd add =
              (IpXfrmCommand.PolicyAdd) Transcript.GRAMMAR.parse(entry.command());
          String line = IpXfrmWriter.line(add.policy(), add.lifetimes(), Transcript.DEVICES);
          assertThat(Transcript.GRAMMAR.parse(line)).as(line).isEqualTo(add);
          read.add(add);
          runner.run(0, add, out);
        }
      }
    }
    assertThat(read).hasSizeGreaterThan(40);
    for (InstalledPolicy installed : engine.spd().list()) {
      String line =
          IpXfrmWriter.line(installed.policy(), installed.lifetimes(), Transcript.DEVICES);
      assertThat(((IpXfrmCommand.PolicyAdd) Transcript.GRAMMAR.parse(line)).policy())
          .isEqualTo(installed.policy());
    }
  }
}
