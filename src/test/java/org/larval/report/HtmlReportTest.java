package org.larval.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.CompareHtml;
import org.larval.lab.report.RunHtml;
import org.larval.lab.run.Comparison;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** The HTML page: whole in itself, well-formed, safe against its own lab, and true. */
class HtmlReportTest {
  private static final Pattern REFERENCE =
      Pattern.compile(
          "https?://|//[a-z]|\\b(?:src|href|srcset|data|poster|action)=\"(?!#)|@import|url\\(",
          Pattern.CASE_INSENSITIVE);

  @TempDir private Path directory;

  private static String comparison(Path file) {
    LabFile lab = LabFileReader.read(file);
    return CompareHtml.of(Comparison.run(lab, RunOptions.PLAIN, progress -> {}));
  }

  private static String run(Path file) {
    return RunHtml.of(LabRun.run(LabFileReader.read(file), RunOptions.PLAIN.withSeries()));
  }

  /** The whole page is XML as well, so that a parser we did not write can read every picture. */
  private static Document parsed(String page) throws Exception {
    var builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    builder.setErrorHandler(null);
    return builder.parse(new InputSource(new StringReader(page)));
  }

  private static List<Element> elements(Document page, String tag, String css) {
    List<Element> found = new ArrayList<>();
    NodeList all = page.getElementsByTagName(tag);
    for (int i = 0; i < all.getLength(); i++) {
      Element element = (Element) all.item(i);
      if ((" " + element.getAttribute("class") + " ").contains(" " + css + " ")) {
        found.add(element);
      }
    }
    return found;
  }

  @Test
  void refersToNothingOutside() {
    String page = comparison(Path.of("examples/compare.yaml"));
    Matcher reference = REFERENCE.matcher(page);
    assertThat(reference.find() ? page.substring(reference.start()).lines().findFirst() : "none")
        .isEqualTo("none");
    assertThat(page).contains("href=\"#flow-1\"").contains("id=\"flow-1\"");
  }

  @Test
  void isWellFormedAndEveryLinkLeadsSomewhere() throws Exception {
    Document page = parsed(comparison(Path.of("examples/compare.yaml")));
    List<String> ids = new ArrayList<>();
    List<String> targets = new ArrayList<>();
    NodeList all = page.getElementsByTagName("*");
    for (int i = 0; i < all.getLength(); i++) {
      Element element = (Element) all.item(i);
      if (element.hasAttribute("id")) {
        ids.add("#" + element.getAttribute("id"));
      }
      if (element.hasAttribute("href")) {
        targets.add(element.getAttribute("href"));
      }
    }
    assertThat(ids).doesNotHaveDuplicates().containsAll(targets);
    assertThat(elements(page, "svg", "delivery"))
        .hasSize(50)
        .allSatisfy(svg -> assertThat(svg.getElementsByTagName("title").getLength()).isPositive());
    assertThat(elements(page, "svg", "topology")).hasSize(1);
  }

  @Test
  void showsWhoReachesWhomIfTheLabHasAPolicy() throws Exception {
    Document page = parsed(run(Path.of("examples/svirt.yaml")));
    List<Element> tables = elements(page, "table", "reach");
    assertThat(tables).hasSize(1);
    assertThat(elements(page, "td", "leak"))
        .extracting(Element::getTextContent)
        .containsExactly(
            "\u25b2 OPEN association",
            "\u25b2 OPEN association",
            "peer:recv\u25b2 opens its image",
            "peer:recv\u25b2 opens its image");
    assertThat(elements(page, "details", "checks")).hasSize(6);
    assertThat(run(Path.of("examples/two-guests.yaml"))).doesNotContain("id=\"reach\"");
    Path lab =
        Files.writeString(
            directory.resolve("policy.yaml"),
            """
            lab: two
            policy: {rules: ["permissive t_t;"]}
            guests:
              a: {nic: 10.0.0.1/24, label: "u:r:t_t:s0:c1"}
              b: {nic: 10.0.0.2/24, label: "u:r:t_t:s0:c2"}
            links: [{between: [a, b]}]
            traffic: [{from: a, to: b, udp: 7}]
            compare: {presets: [larval]}
            """);
    assertThat(elements(parsed(comparison(lab)), "td", "leak"))
        .extracting(Element::getTextContent)
        .contains("\u25b2 OPEN clear");
  }

  @Test
  void tellsWhatTheRunTold() throws Exception {
    Path lab =
        Files.writeString(
            directory.resolve("small.yaml"),
            """
            lab: small
            seed: 1
            until: 10s
            guests:
              a: {nic: 10.0.0.1/24}
              b: {nic: 10.0.0.2/24}
            links:
              - {between: [a, b], delay: 10ms}
            keys:
              - {between: [a, b], by: script, answer-after: 505ms}
            traffic:
              - {from: a, to: b, udp: 7, every: 100ms, count: 10}
            compare:
              presets: [linux-default, larval]
            """);
    // offered at 0, 100 ... 900 ms: the first six meet no SA
    String page = comparison(lab);
    assertThat(page)
        .contains("linux-default: 4 of 10 messages delivered, 0 of them late")
        .contains("6 xfrm-out-no-states")
        .contains("larval compare " + lab + " --seed 1")
        .contains("the key manager answers after 505 ms");
    Document parsed = parsed(page);
    Element lost = elements(elements(parsed, "svg", "delivery").get(0), "lost").get(0);
    assertThat(lost.getAttribute("d").split("M")).as("one tick a lost message").hasSize(7);
    assertThat(elements(parsed, "figure", "rows").get(0).getTextContent()).contains("4 of 10");
  }

  private static List<Element> elements(Element within, String css) {
    List<Element> found = new ArrayList<>();
    NodeList all = within.getElementsByTagName("path");
    for (int i = 0; i < all.getLength(); i++) {
      Element element = (Element) all.item(i);
      if (element.getAttribute("class").equals(css)) {
        found.add(element);
      }
    }
    return found;
  }

  @Test
  void hostileTextsStayTexts() throws Exception {
    Path lab = LeakyLab.write(directory);
    for (String page : List.of(run(lab), comparison(lab))) {
      assertThat(page).doesNotContain("<script>alert").doesNotContain("<img");
      Document parsed = parsed(page);
      assertThat(parsed.getElementsByTagName("h1").item(0).getTextContent())
          .isEqualTo(LeakyLab.NAME);
      assertThat(parsed.getElementsByTagName("script").getLength()).isEqualTo(1);
      assertThat(parsed.getElementsByTagName("img").getLength()).isZero();
    }
  }

  /** By a word and a shape, not by colour alone. */
  @Test
  void leaksAreMarked() throws Exception {
    Path lab = LeakyLab.write(directory);
    Document leaky = parsed(run(lab));
    assertThat(elements(leaky, "div", "bad")).hasSize(1);
    assertThat(elements(leaky, "div", "bad").get(0).getTextContent())
        .contains("\u25b2 LEAKED IN CLEAR: 25 messages");
    Element picture = elements(leaky, "svg", "delivery").get(0);
    assertThat(elements(picture, "leaked")).hasSize(1);
    assertThat(elements(picture, "leaked").get(0).getAttribute("d")).contains("h12l-6 9z");
    assertThat(elements(leaky, "tr", "leak").get(0).getTextContent())
        .contains("LEAKED IN CLEAR: 25");

    Document tight = parsed(comparison(lab));
    assertThat(elements(tight, "div", "bad")).isEmpty();
    assertThat(elements(tight, "p", "good").get(0).getTextContent()).contains("Nothing left");
  }

  @Test
  void theSameRunsGiveTheSameBytes() throws IOException {
    Path lab = LeakyLab.write(directory);
    assertThat(comparison(lab)).isEqualTo(comparison(lab));
    assertThat(run(lab)).isEqualTo(run(lab));
  }

  @Test
  void thousandsOfMessagesStaySmall() {
    assertThat(comparison(Path.of("examples/kernel-parity.yaml")).length())
        .isBetween(50_000, 1_500_000);
  }
}
