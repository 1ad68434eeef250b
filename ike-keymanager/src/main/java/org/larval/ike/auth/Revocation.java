package org.larval.ike.auth;

/** What is done about revocation, in strongSwan's sense. */
public enum Revocation {
  /** A certificate that is known to be revoked is refused; not knowing is no reason to. */
  RELAXED,
  /** Every certificate below the trust anchor must be known to be good at this time. */
  STRICT
}
