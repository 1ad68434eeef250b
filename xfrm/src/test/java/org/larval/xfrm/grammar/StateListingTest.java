package org.larval.xfrm.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.xfrm.State;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.transform.StateMaker;

/** States are printed byte for byte as iproute2 6.1 printed them on Linux 6.12. */
class StateListingTest {
  private static final ListingFormat KEYS =
      ListingFormat.PLAIN.withKeys(ListingFormat.Keys.SHOWN).withDevices(Transcript.DEVICES);

  /** What a kernel takes and this house refuses in words; ciphers nobody should use any more. */
  private static final Pattern OURS_REFUSES =
      Pattern.compile(
          "oseq-may-wrap|proto route2|proto hao|md5|rmd160|serpent|twofish|cast5|blowfish"
              + "|cbc\\(des\\)");

  private static final Pattern NAME =
      Pattern.compile("proto (\\w+) (?:reqid \\d+ )?spi (0x[0-9a-f]+)");

  private static String nameOf(String text) {
    Matcher matcher = NAME.matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return matcher.group(1) + " " + Integer.decode(matcher.group(2));
  }

  private static List<IpXfrmCommand.StateAdd> added(String file) {
    List<IpXfrmCommand.StateAdd> added = new ArrayList<>();
    for (Transcript entry : Transcript.read(file)) {
      if (entry.command().equals("ip xfrm state")) {
        break;
      }
      if (!entry.command().startsWith("ip xfrm state add") || entry.refused()) {
        continue;
      }
      if (OURS_REFUSES.matcher(entry.command()).find()) {
        try {
          Transcript.GRAMMAR.parse(entry.command());
        } catch (IpXfrmException refused) {
          continue;
        }
      }
      String full =
          entry.command().contains("src ")
              ? entry.command()
              : entry.command().replace("add dst", "add src 0.0.0.0 dst");
      added.add((IpXfrmCommand.StateAdd) Transcript.GRAMMAR.parse(full));
    }
    return added;
  }

  @ParameterizedTest
  @CsvSource({
    "algorithms, ip xfrm state, false, true, 30",
    "algorithms, ip -s xfrm state, true, true, 30",
    "algorithms, ip xfrm state list nokeys, false, false, 30",
    "state-options, ip xfrm state, false, true, 52",
    "state-options, ip -s xfrm state, true, true, 52",
    "state-options, ip xfrm state list nokeys, false, false, 52",
  })
  void isWhatTheToolPrints(
      String file, String command, boolean statistics, boolean keys, int atLeast) {
    Map<String, String> expected = new HashMap<>();
    for (String block : Transcript.blocks(Transcript.after(file, command))) {
      if (NAME.matcher(block).find()) {
        expected.put(nameOf(block), Transcript.withoutDates(block));
      }
    }
    ListingFormat format = KEYS.withStatistics(statistics);
    if (!keys) {
      format = format.withKeys(ListingFormat.Keys.HIDDEN);
    }
    List<IpXfrmCommand.StateAdd> added = added(file);
    assertThat(added).hasSizeGreaterThanOrEqualTo(atLeast);
    for (IpXfrmCommand.StateAdd add : added) {
      String printed = IpXfrmPrinter.print(add, format);
      assertThat(Transcript.withoutDates(printed)).isEqualTo(expected.get(nameOf(printed)));
    }
  }

  @Test
  void allocatedStatesToo() {
    int seen = 0;
    for (Transcript entry : Transcript.read("state-options")) {
      boolean allocated = entry.command().startsWith("ip xfrm state allocspi");
      if (allocated && !entry.refused()) {
        IpXfrmCommand.StateAllocSpi alloc =
            (IpXfrmCommand.StateAllocSpi) Transcript.GRAMMAR.parse(entry.command());
        String name = nameOf(entry.output());
        int spi = Integer.parseInt(name.substring(name.indexOf(' ') + 1));
        assertThat(spi).isBetween(alloc.min(), alloc.max());
        assertThat(IpXfrmPrinter.print(alloc.state(spi))).isEqualTo(entry.output());
        seen++;
      }
    }
    assertThat(seen).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"algorithms", "state-options"})
  void whatIsWrittenIsReadAgain(String file) {
    StateMaker maker = new StateMaker(CryptoBackend.jce(), new Random(1));
    int made = 0;
    for (IpXfrmCommand.StateAdd add : added(file)) {
      String line = IpXfrmWriter.line(add, Transcript.DEVICES);
      assertThat(Transcript.GRAMMAR.parse(line)).as(line).isEqualTo(add);
      State state;
      try {
        state = add.state(maker);
      } catch (IllegalArgumentException notBuilt) {
        continue;
      }
      assertThat(Transcript.GRAMMAR.parse(IpXfrmWriter.line(state, Transcript.DEVICES)))
          .as(line)
          .isEqualTo(add);
      assertThat(IpXfrmPrinter.print(state, KEYS)).isEqualTo(IpXfrmPrinter.print(add, KEYS));
      made++;
    }
    assertThat(made).isGreaterThanOrEqualTo(4);
  }

  @Test
  void keysAreHiddenUnlessAskedFor() {
    for (IpXfrmCommand.StateAdd add : added("algorithms")) {
      String printed = IpXfrmPrinter.print(add, ListingFormat.PLAIN);
      assertThat(printed).contains("<<Keys hidden>>").doesNotContain("0x0001");
    }
  }
}
