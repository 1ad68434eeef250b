package org.larval.lab.report;

import org.larval.lab.run.Comparison;

/** The comparison as one HTML page. */
public final class CompareHtml {
  private CompareHtml() {}

  /** The page. */
  public static String of(Comparison comparison) {
    return "<!doctype html><title>" + comparison.file().name() + "</title>";
  }
}
