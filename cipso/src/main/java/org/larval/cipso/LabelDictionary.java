package org.larval.cipso;

import org.jspecify.annotations.Nullable;
import org.larval.labels.MlsLevel;

/**
 * What SIDs mean to NetLabel: the part of a security module that exports and imports labels
 * (security_netlbl_sid_to_secattr, security_netlbl_secattr_to_sid).
 */
public interface LabelDictionary {
  /** The domain of a SID: the type of its context. */
  String domain(int sid);

  /** The low level of a SID, or null where the policy has no levels. */
  @Nullable MlsLevel level(int sid);

  /**
   * The SID of a label that came with a packet: user, role and type of the initial SID netmsg, the
   * level both low and high. 0 if the policy does not allow that context.
   */
  int sid(MlsLevel level);

  /** The SID of a context, or 0 if it means nothing. */
  int sid(String context);

  /** The context of a SID, as it is listed. */
  String context(int sid);

  /** Grows with each change of the policy: what was made of its labels is out of date then. */
  default int sequence() {
    return 0;
  }
}
