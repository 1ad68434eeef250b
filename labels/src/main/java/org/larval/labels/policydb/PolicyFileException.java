package org.larval.labels.policydb;

import java.io.IOException;

/** What is wrong with a policy file, and where. */
public final class PolicyFileException extends IOException {
  private static final long serialVersionUID = 1;

  private final String file;
  private final int offset;
  private final PolicySection section;
  private final String problem;

  PolicyFileException(String file, int offset, PolicySection section, String problem) {
    super(file + ": byte " + offset + ", " + section.title() + ": " + problem);
    this.file = file;
    this.offset = offset;
    this.section = section;
    this.problem = problem;
  }

  /** The file as it was named to the reader. */
  public String file() {
    return file;
  }

  /** Where the wrong field begins, in bytes from the start of the file. */
  public int offset() {
    return offset;
  }

  /** The part of the file that it belongs to. */
  public PolicySection section() {
    return section;
  }

  /** What is wrong, as a clause. */
  public String problem() {
    return problem;
  }
}
