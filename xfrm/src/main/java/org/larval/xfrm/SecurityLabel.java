package org.larval.xfrm;

/**
 * The security context of a policy or state (XFRMA_SEC_CTX): Linux's number for it and its text.
 *
 * @param doi 1 (LSM)
 * @param algorithm 1 (SELinux)
 * @param sid the labels room's number
 * @param context user:role:type:range
 */
public record SecurityLabel(int doi, int algorithm, int sid, String context) {
  /** A SELinux context. */
  public static SecurityLabel selinux(int sid, String context) {
    return new SecurityLabel(1, 1, sid, context);
  }

  @Override
  public String toString() {
    return context;
  }
}
