package org.larval.labels;

import org.jspecify.annotations.Nullable;

/**
 * Who somebody is to a SELinux policy: {@code user:role:type}, and under MLS {@code :range}. {@link
 * #toString} prints the canonical text, in which each context has one spelling.
 *
 * @param user the SELinux user
 * @param role the role, {@code object_r} for objects
 * @param type the type, of a process also called its domain
 * @param range null where the policy has no MLS
 */
public record SecurityContext(String user, String role, String type, @Nullable MlsRange range) {
  /** The longest text that is read, in characters: what the kernel's xfrm accepts. */
  public static final int MAX_TEXT = 4095;

  /** Checks the names. */
  public SecurityContext {
    checkName("user", user);
    checkName("role", role);
    checkName("type", type);
  }

  /**
   * Reads a context.
   *
   * @throws IllegalArgumentException if a part is wrong; the message names it
   */
  public static SecurityContext parse(String text) {
    if (text.length() > MAX_TEXT) {
      throw new IllegalArgumentException(
          "a context of " + text.length() + " characters is longer than " + MAX_TEXT);
    }
    int afterUser = text.indexOf(':');
    int afterRole = text.indexOf(':', afterUser + 1);
    if (afterUser < 0 || afterRole < 0) {
      throw new IllegalArgumentException(
          "context '"
              + text
              + "' has no "
              + (afterUser < 0 ? "role" : "type")
              + "; expected one like system_u:system_r:httpd_t:s0");
    }
    int afterType = text.indexOf(':', afterRole + 1);
    try {
      return new SecurityContext(
          text.substring(0, afterUser),
          text.substring(afterUser + 1, afterRole),
          text.substring(afterRole + 1, afterType < 0 ? text.length() : afterType),
          afterType < 0 ? null : MlsRange.parse(text.substring(afterType + 1)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("context '" + text + "': " + e.getMessage(), e);
    }
  }

  private static void checkName(String part, String name) {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          part + " '" + name + "' is not a name (letters, digits, '_', '-', '.')");
    }
  }

  /** Whether a text can be the name of a user, role or type. */
  public static boolean isName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
      boolean inner = c >= '0' && c <= '9' || c == '-' || c == '.';
      if (!letter && !(inner && i > 0)) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  @Override
  public String toString() {
    String name = user + ":" + role + ":" + type;
    return range == null ? name : name + ":" + range;
  }
}
