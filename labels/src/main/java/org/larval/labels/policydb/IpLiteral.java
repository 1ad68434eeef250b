package org.larval.labels.policydb;

import org.jspecify.annotations.Nullable;

/**
 * An address as text, read as inet_pton does.
 *
 * @param v6 whether it is IPv6
 * @param high the upper 64 bits, 0 for IPv4
 * @param low the lower 64 bits
 */
record IpLiteral(boolean v6, long high, long low) {
  /** The address, or null if the text is none. */
  static @Nullable IpLiteral parse(String text) {
    if (text.indexOf(':') < 0) {
      long address = v4(text);
      return address < 0 ? null : new IpLiteral(false, 0, address);
    }
    return v6(text);
  }

  /** Four decimal numbers without leading zeros; -1 if not. */
  private static long v4(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      return -1;
    }
    long address = 0;
    for (String part : parts) {
      if (!part.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(part) > 255) {
        return -1;
      }
      address = address << 8 | Integer.parseInt(part);
    }
    return address;
  }

  private static @Nullable IpLiteral v6(String text) {
    int gap = text.indexOf("::");
    int[] before = groups(gap < 0 ? text : text.substring(0, gap), gap < 0);
    int[] after = gap < 0 ? new int[0] : groups(text.substring(gap + 2), true);
    if (before == null || after == null) {
      return null;
    }
    int known = before.length + after.length;
    if (gap < 0 ? known != 8 : known > 7) {
      return null;
    }
    int[] all = new int[8];
    System.arraycopy(before, 0, all, 0, before.length);
    System.arraycopy(after, 0, all, 8 - after.length, after.length);
    long[] halves = new long[2];
    for (int i = 0; i < 8; i++) {
      halves[i >> 2] = halves[i >> 2] << 16 | all[i];
    }
    return new IpLiteral(true, halves[0], halves[1]);
  }

  /** Groups between colons; the last two may be written as an IPv4 address. */
  private static int @Nullable [] groups(String text, boolean last) {
    if (text.isEmpty()) {
      return new int[0];
    }
    String[] parts = text.split(":", -1);
    boolean dotted = last && parts[parts.length - 1].indexOf('.') >= 0;
    int[] groups = new int[parts.length + (dotted ? 1 : 0)];
    for (int i = 0; i < parts.length - (dotted ? 1 : 0); i++) {
      if (!parts[i].matches("[0-9a-fA-F]{1,4}")) {
        return null;
      }
      groups[i] = Integer.parseInt(parts[i], 16);
    }
    if (dotted) {
      long address = v4(parts[parts.length - 1]);
      if (address < 0) {
        return null;
      }
      groups[groups.length - 2] = (int) (address >> 16);
      groups[groups.length - 1] = (int) address & 0xffff;
    }
    return groups;
  }
}
