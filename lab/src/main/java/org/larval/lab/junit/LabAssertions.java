package org.larval.lab.junit;

import org.larval.lab.run.LabRun;

/** Where assertions about labs begin; import it statically. */
public final class LabAssertions {
  private LabAssertions() {}

  /** Assertions about a run, which is finished first. */
  public static LabRunAssert assertThat(LabRun run) {
    return new LabRunAssert(run);
  }
}
