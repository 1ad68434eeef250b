package org.larval.xfrm.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.transform.StateMaker;

/** What iproute2 or Linux 6.12 refused is refused, and what they took is taken, but for a few. */
class WrongLinesTest {
  /**
   * Taken by them, refused here, in words: an SPI of 0, which no packet can name, check values of
   * broken bytes, and settings that set nothing.
   */
  private static final Pattern STRICTER =
      Pattern.compile("spi 0 |sha256.* 100$|setdefault$|policy set$");

  /** Taken here: that tool was older than the word dir, and that kernel ran without SELinux. */
  private static final Pattern KINDER = Pattern.compile("state add .* dir out$| ctx a_b:c:d$");

  private final XfrmEngine engine =
      new XfrmEngine("a", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
  private final IpXfrmRunner runner =
      new IpXfrmRunner(engine, new StateMaker(CryptoBackend.jce(), new Random(1)), new Random(2));

  @Test
  void theWholeTranscript() {
    List<String> wrong = new ArrayList<>();
    int refused = 0;
    try (EffectList out = new EffectList()) {
      for (Transcript entry : Transcript.read("errors")) {
        String line = entry.command();
        if (line.startsWith("ip xfrm state add")) {
          engine.sad().flush(0, out);
        }
        String said = said(line, out);
        if (entry.refused() && said.isEmpty() && !KINDER.matcher(line).find()) {
          wrong.add("taken: " + line);
        }
        boolean stricter = STRICTER.matcher(line).find() || said.contains("not built yet");
        if (!entry.refused() && !said.isEmpty() && !stricter) {
          wrong.add(said + ": " + line);
        }
        refused += said.isEmpty() ? 0 : 1;
        assertThat(said).as(line).doesNotContain("a0a1a2a3").doesNotContain("000102030405");
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(refused).isGreaterThan(120);
  }

  /** Why a line is refused, or "". */
  private String said(String line, EffectList out) {
    try {
      IpXfrmCommand command = Transcript.GRAMMAR.parse(line);
      if (command instanceof IpXfrmCommand.Query query) {
        String answer = new IpXfrmQuery(engine, ListingFormat.PLAIN).answer(query);
        return answer.startsWith("RTNETLINK") ? answer : "";
      }
      Errno errno = runner.run(0, command, out);
      return errno == Errno.OK ? "" : errno.toString();
    } catch (IpXfrmException problem) {
      assertThat(problem.column()).as(line).isBetween(1, line.length() + 1);
      assertThat(problem.problem()).as(line).isNotBlank();
      assertThat(problem.remedy()).as(line).isNotBlank();
      return String.valueOf(problem.getMessage());
    } catch (IllegalArgumentException problem) {
      return String.valueOf(problem.getMessage());
    }
  }
}
