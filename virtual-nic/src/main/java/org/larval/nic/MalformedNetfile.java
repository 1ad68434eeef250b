package org.larval.nic;

import java.io.IOException;

/** A netfile whose header cannot be used. */
public final class MalformedNetfile extends IOException {
  private static final long serialVersionUID = 1;

  private final NetfileFlaw flaw;
  private final int offset;

  MalformedNetfile(String file, NetfileFlaw flaw, int offset) {
    super(file + " " + flaw.sentence() + " (at byte " + offset + ")");
    this.flaw = flaw;
    this.offset = offset;
  }

  /** What is wrong. */
  public NetfileFlaw flaw() {
    return flaw;
  }

  /** The header's byte at which the wrong field starts. */
  public int offset() {
    return offset;
  }
}
