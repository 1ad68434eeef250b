package org.larval.pcap;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What is wrong with a capture file, where, and what to do about it. */
public final class CaptureException extends IOException {
  private static final long serialVersionUID = 1;

  private final String file;
  private final long offset;
  private final String problem;
  private final String remedy;

  CaptureException(
      String file, long offset, String problem, String remedy, @Nullable Throwable cause) {
    super(file + ": byte " + offset + ": " + problem + "; " + remedy, cause);
    this.file = file;
    this.offset = offset;
    this.problem = problem;
    this.remedy = remedy;
  }

  /** The file as it was named to the reader. */
  public String file() {
    return file;
  }

  /** Where the damaged block or record begins, in bytes from the start of the file. */
  public long offset() {
    return offset;
  }

  /** What is wrong. */
  public String problem() {
    return problem;
  }

  /** What to do. */
  public String remedy() {
    return remedy;
  }
}
