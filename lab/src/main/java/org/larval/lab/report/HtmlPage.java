package org.larval.lab.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.larval.lab.file.LabFile;
import org.larval.lab.run.LabRun;

/** What every page of ours has: style and script within it, the lab, the key to the pictures. */
final class HtmlPage {
  private HtmlPage() {}

  static Markup open(String title) {
    Markup page = new Markup();
    page.verbatim("<!DOCTYPE html>\n").open("html", "lang", "en").open("head");
    page.empty("meta", "charset", "utf-8");
    page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    page.empty("meta", "name", "color-scheme", "content", "light dark");
    page.leaf("title", title).open("style").verbatim(ours("report.css")).close().close().line();
    return page.open("body").open("main").line();
  }

  static String finish(Markup page) {
    page.open("footer").text("Made by larval. The page needs no network.").close();
    page.close().open("script").verbatim(ours("report.js")).close();
    return page.close().close().line().toString();
  }

  /** The lab's name, sentence, and the command that gives the same bytes again. */
  static void head(Markup page, LabFile file, String command, long seed, String runs) {
    page.open("header").leaf("h1", file.name());
    if (!file.description().isEmpty()) {
      page.leaf("p", file.description(), "class", "lead");
    }
    page.open("p", "class", "facts").text(runs + " in " + (file.realTime() ? "real" : "virtual"));
    page.text(" time, seed " + seed + ". The same again: ");
    page.leaf("code", "larval " + command + " " + quoted(file.where().file()) + " --seed " + seed);
    page.close().close().line();
  }

  /** A word for a shell. */
  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** Whether something left in clear: the first thing to read. */
  static void leaks(Markup page, List<FlowGroup> groups) {
    int leaked = groups.stream().mapToInt(FlowGroup::leaked).sum();
    if (leaked == 0) {
      page.leaf(
          "p", "\u2713 Nothing left a guest in clear against a policy.", "class", "banner good");
      return;
    }
    page.open("div", "class", "banner bad", "role", "note");
    page.leaf(
        "strong", "\u25b2 LEAKED IN CLEAR: " + leaked + (leaked == 1 ? " message" : " messages"));
    page.open("ul");
    for (FlowGroup group : groups) {
      for (FlowGroup.Entry entry : group.entries()) {
        if (entry.report().leakedInClear() > 0) {
          page.open("li").leaf("a", group.title(), "href", "#" + group.id());
          page.text(", " + entry.preset() + ": " + entry.report().leakedInClear()).close();
        }
      }
    }
    page.close().close().line();
  }

  /** The drawing of the lab, and its traffic and keys in words. */
  static void lab(Markup page, LabRun run, List<FlowGroup> groups) {
    LabFile file = run.file();
    page.open("section").leaf("h2", "The lab").open("figure");
    new TopologyPicture(file, run.protections()).draw(page);
    page.leaf("figcaption", "Guests, links and what they do to frames; dashed: who protects whom.");
    page.close().open("div", "class", "lists").open("div").leaf("h3", "Traffic").open("ol");
    for (LabFile.Traffic traffic : file.traffic()) {
      page.open("li", "value", Integer.toString(traffic.flow()));
      page.leaf("b", traffic.kind().label());
      page.text(
          " " + traffic.from() + " \u2192 " + traffic.to() + ": " + LabWords.traffic(traffic));
      page.close();
    }
    page.close().close().open("div").leaf("h3", "Keys").open("ul");
    boolean varied = groups.stream().anyMatch(group -> group.answerAfterMs() != -2);
    for (LabFile.Keys keys : file.keys()) {
      page.open("li").leaf("b", keys.a() + " \u21c4 " + keys.b());
      page.text(": " + LabWords.keys(keys));
      page.text(varied ? " (varied in this comparison)" : "").close();
    }
    page.close().close().close().close().line();
  }

  /** How to read the pictures. */
  static void key(Markup page) {
    page.open("ul", "class", "key");
    for (FateMark mark : FateMark.values()) {
      StringBuilder path = new StringBuilder();
      boolean leak = mark == FateMark.LEAKED;
      DeliveryPicture.bar(path, leak ? 7 : 5, 16 + mark.top(), leak ? 3 : 7, mark.height());
      if (leak) {
        path.append("M2.5 0h12l-6 9z");
      }
      page.open("li").open("svg", "viewBox", "0 0 17 32", "aria-hidden", "true");
      page.empty("path", "class", "base", "d", "M0 16H17");
      page.empty("path", "class", mark.css(), "d", path.toString()).close();
      page.open("span").leaf("b", mark.label()).text(": " + mark.sentence()).close().close();
    }
    page.close().open("ul", "class", "key");
    line(page, "offered-line", "messages offered so far");
    line(page, "delivered-line", "messages delivered so far; flat while nothing arrives");
    line(page, "install", "an SA that was asked for is installed");
    line(page, "ghost", "latencies of the other policies");
    page.close().line();
  }

  private static void line(Markup page, String css, String words) {
    boolean upright = css.equals("install");
    page.open("li").open("svg", "viewBox", "0 0 17 32", "aria-hidden", "true");
    page.empty("path", "class", css, "d", upright ? "M8.5 2V30" : "M0 24L8 12H17").close();
    page.leaf("span", words).close();
  }

  private static String ours(String name) {
    try (InputStream in = HtmlPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing beside " + HtmlPage.class.getName());
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
