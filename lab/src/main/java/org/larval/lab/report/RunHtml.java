package org.larval.lab.report;

import java.util.List;
import org.larval.lab.run.LabRun;

/** One run as an HTML page, with the pictures of {@link CompareHtml}. */
public final class RunHtml {
  private RunHtml() {}

  /** The page; the run must have counted held packets over time. */
  public static String of(LabRun run) {
    List<FlowGroup> groups = FlowGroup.of(run);
    Markup page = HtmlPage.open(run.file().name() + " - larval up");
    HtmlPage.head(page, run.file(), "up", run.seed(), "1 run");
    HtmlPage.leaks(page, groups);
    for (RunReport.Expected expected : run.report().expectations()) {
      String flow = expected.flow() == 0 ? "all flows" : "flow " + expected.flow();
      page.leaf(
          "p",
          (expected.met() ? "\u2713 met: " : "\u2260 NOT MET: ")
              + (flow + " " + expected.figure() + " " + expected.wanted())
              + (expected.met() ? "" : ", but it is " + expected.actual()),
          "class",
          expected.met() ? "banner good" : "banner differs");
    }
    HtmlPage.lab(page, run, groups);
    ReachTable.section(page, run.file());
    page.open("section", "id", "pictures").leaf("h2", "What happened to the messages");
    HtmlPage.key(page);
    for (FlowGroup group : groups) {
      page.leaf("h3", group.flowTitle());
      PictureRows.flow(page, group);
    }
    PictureRows.held(page, groups);
    page.close().line();
    page.open("section", "id", "figures").leaf("h2", "All figures");
    CompareTable.draw(page, groups, "Every flow; reasons stand by the numbers");
    page.leaf("pre", RunText.balance(run.report().packets())).close();
    return HtmlPage.finish(page);
  }
}
