package org.larval.lab.outside;

/** A NIC of a guest outside that cannot be had; says what to do about it. */
public final class AttachmentRefused extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String remedy;

  /** A complaint in one clause, and what would be right. */
  public AttachmentRefused(String what, String remedy) {
    super(what);
    this.remedy = remedy;
  }

  /** What would be right. */
  public String remedy() {
    return remedy;
  }
}
