package org.larval.labels.policydb;

import org.jspecify.annotations.Nullable;

/** What a rule of types says. */
public enum RuleKind {
  /** Permissions are granted. */
  ALLOW(0x1, "allow"),
  /** Permissions are logged when granted. */
  AUDITALLOW(0x2, "auditallow"),
  /** Permissions are not logged when refused. The file has them inverted. */
  DONTAUDIT(0x4, "dontaudit"),
  /** A new object gets this type. */
  TYPE_TRANSITION(0x10, "type_transition"),
  /** The member of a polyinstantiated object gets this type. */
  TYPE_MEMBER(0x20, "type_member"),
  /** A relabeled object gets this type. */
  TYPE_CHANGE(0x40, "type_change"),
  /** Of a granted permission only these commands. */
  ALLOWXPERM(0x100, "allowxperm"),
  /** Commands are logged when granted. */
  AUDITALLOWXPERM(0x200, "auditallowxperm"),
  /** Commands are not logged when refused. */
  DONTAUDITXPERM(0x400, "dontauditxperm");

  private static final RuleKind[] KINDS = values();

  private final int code;
  private final String word;

  RuleKind(int code, String word) {
    this.code = code;
    this.word = word;
  }

  /** How policies write it. */
  public String word() {
    return word;
  }

  int code() {
    return code;
  }

  /** Whether it is about permissions as such. */
  boolean vector() {
    return code < 0x10;
  }

  /** Whether it says a new type. */
  boolean type() {
    return code >= 0x10 && code < 0x100;
  }

  static @Nullable RuleKind of(int code) {
    for (RuleKind kind : KINDS) {
      if (kind.code == code) {
        return kind;
      }
    }
    return null;
  }
}
