package org.larval.lab.report;

import java.util.List;
import org.larval.lab.file.LabFile;

/** A {@link Walk} as an HTML page: a drawing of each packet, and its steps as a table. */
public final class WalkHtml {
  private WalkHtml() {}

  /** The page. */
  public static String of(LabFile file, Walk walk) {
    Markup page = HtmlPage.open(file.name() + " - larval explain");
    page.open("header").leaf("h1", file.name());
    page.leaf("p", walk.title(), "class", "lead");
    String message = walk.message() < 0 ? "" : " --message " + walk.message();
    page.leaf(
        "p",
        "larval explain " + file.where().file() + " --flow " + walk.flow() + message,
        "class",
        "facts");
    page.close().line();
    if (walk.packets().isEmpty()) {
      page.leaf("p", Walk.NO_PACKET, "class", "banner bad");
    }
    String denial = walk.denial();
    if (denial != null) {
      page.leaf("p", denial, "class", "banner bad");
    }
    int number = 1;
    for (List<Walk.WalkStep> steps : walk.packets()) {
      page.open("section");
      page.leaf("h2", "Packet " + number++ + " of " + walk.packets().size());
      page.open("figure");
      new WalkPicture(steps).draw(page);
      page.leaf("figcaption", "Time goes down; a lane for each guest. Hover for the whole text.");
      page.close().open("details").leaf("summary", "Every step in full").open("table");
      page.open("tr").leaf("th", "at").leaf("th", "where").leaf("th", "what").leaf("th", "");
      page.close();
      for (Walk.WalkStep step : steps) {
        page.open("tr").leaf("td", step.atMs() + " ms").leaf("td", step.place());
        page.leaf("td", step.action()).leaf("td", step.detail()).close().line();
      }
      page.close().close().close().line();
    }
    return HtmlPage.finish(page);
  }
}
