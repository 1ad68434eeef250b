package org.larval.ike.config.swanctl;

/** A swanctl.conf that cannot be read. */
public final class SwanctlException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient SwanctlNode.Place where;
  private final String what;
  private final String remedy;

  /** What is wrong at a place, and what would be right. */
  public SwanctlException(SwanctlNode.Place where, String what, String remedy) {
    super(where.file() + ":" + where.line() + ":" + where.column() + ": " + what + "; " + remedy);
    this.where = where;
    this.what = what;
    this.remedy = remedy;
  }

  /** The place. */
  public SwanctlNode.Place where() {
    return where;
  }

  /** What is wrong. */
  public String what() {
    return what;
  }

  /** What would be right. */
  public String remedy() {
    return remedy;
  }
}
