package org.larval.cipso.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Lines by what netlabelctl 0.30.0 does with them, and where ours are refused. */
class NetlabelctlTest {
  static List<String> lines(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            NetlabelctlTest.class.getResourceAsStream("/netlabelctl/" + name + ".txt"), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  static List<String> taken() throws IOException {
    return lines("taken");
  }

  static List<String> refused() throws IOException {
    return lines("refused");
  }

  static List<String> stricter() throws IOException {
    return lines("stricter");
  }

  /** The tool hands them on to the kernel, or lists something. */
  @ParameterizedTest
  @MethodSource("taken")
  void takesWhatTheToolTakes(String line) {
    Netlabelctl.Line read = Netlabelctl.parse(line);
    assertThat(Netlabelctl.parse(read.command().toString()).command()).isEqualTo(read.command());
    assertThat(Netlabelctl.parse("/usr/sbin/netlabelctl " + line)).isEqualTo(read);
  }

  /**
   * The tool refuses the first kind itself, or dies of it. The second kind it takes for something
   * else than was written, or hands on although the kernel refuses it whatever is configured.
   */
  @ParameterizedTest
  @MethodSource({"refused", "stricter"})
  void refusesAtAPlace(String line) {
    NetlabelException problem =
        catchThrowableOfType(NetlabelException.class, () -> Netlabelctl.parse(line));
    assertThat(problem).as(line).isNotNull();
    assertThat(problem.line()).isOne();
    assertThat(problem.column()).isBetween(1, line.length() + 1);
    assertThat(problem.problem()).isNotBlank();
    assertThat(problem.remedy()).isNotBlank();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "mpa list                                  | 1  | unknown module 'mpa'",
        "map lsit                                  | 5  | unknown command 'lsit'",
        "map add default protocol:cipso            | 31 | the DOI is missing",
        "map add default protocol:cipso,16x        | 32 | '16x' is not a DOI",
        "map add default protcol:unlbl             | 17 | unknown word 'protcol:unlbl'",
        "map add protocol:unlbl                    | 23 | the domain is missing",
        "map add default address:10.0.0.300 protocol:unlbl | 25 | '10.0.0.300' is not an IP"
            + " address",
        "map add default address:10.0.0.0/33 protocol:unlbl | 34 | '33' is not a prefix length of",
        "cipso add pass doi:16 tags:1,x            | 30 | 'x' is not a tag",
        "cipso add trans doi:8 tags:1 levels:0=0,1 | 41 | '1' has no '='",
        "cipso add pass doi:16                     | 22 | the list of tags is missing",
        "cipso del doi:0                           | 15 | DOI 0 is reserved",
        "unlbl accept maybe                        | 14 | 'maybe' is neither on nor off",
        "-p -t                                     | 6  | the timeout is missing",
        "map list -q                               | 11 | '-q' says nothing in a line",
      })
  void pointsAtTheWord(String line, int column, String problem) {
    NetlabelException found =
        catchThrowableOfType(NetlabelException.class, () -> Netlabelctl.parse(line));
    assertThat(found).isNotNull();
    assertThat(found.problem()).startsWith(problem);
    assertThat(found.column()).isEqualTo(column);
  }

  @Test
  void flagsMayStandAnywhere() {
    for (String line : List.of("-p map list", "map -p list", "map list -p", "-vpt 5 map list")) {
      assertThat(Netlabelctl.parse(line))
          .isEqualTo(new Netlabelctl.Line(true, new NetlabelCommand.MapList()));
    }
    assertThat(Netlabelctl.parse("-t5 -v map list").pretty()).isFalse();
  }

  @Test
  void mangledLinesDoNoHarm() throws IOException {
    Random random = new Random(30);
    List<String> lines = taken();
    for (int round = 0; round < 20_000; round++) {
      StringBuilder line = new StringBuilder(lines.get(random.nextInt(lines.size())));
      for (int n = random.nextInt(3); n >= 0; n--) {
        int at = random.nextInt(line.length());
        switch (random.nextInt(3)) {
          case 0 -> line.setCharAt(at, " :,/=-0x#\t".charAt(random.nextInt(10)));
          case 1 -> line.insert(at, random.nextInt(100));
          default -> line.deleteCharAt(line.length() > 1 ? at : 0).append(' ');
        }
      }
      String text = line.toString();
      try {
        NetlabelCommand command = Netlabelctl.parse(text).command();
        assertThat(Netlabelctl.parse(command.toString()).command()).isEqualTo(command);
      } catch (NetlabelException problem) {
        assertThat(problem.column()).isBetween(1, text.length() + 1);
      }
    }
  }
}
