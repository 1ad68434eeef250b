package org.larval.lab.report;

import org.larval.lab.file.LabFile;
import org.larval.lab.reach.ReachReport;

/** A {@link ReachReport} as an HTML page of its own. */
public final class ReachHtml {
  private ReachHtml() {}

  /** The page. */
  public static String of(LabFile file, ReachReport report) {
    Markup page = HtmlPage.open(file.name() + " - larval policy reach");
    page.open("header").leaf("h1", file.name());
    if (!file.description().isEmpty()) {
      page.leaf("p", file.description(), "class", "lead");
    }
    page.leaf(
        "p",
        "Who can reach whom under the lab's policy, by analysis: nothing was sent.",
        "class",
        "facts");
    page.close().line().open("section", "id", "reach");
    ReachTable.draw(page, report);
    page.close();
    return HtmlPage.finish(page);
  }
}
