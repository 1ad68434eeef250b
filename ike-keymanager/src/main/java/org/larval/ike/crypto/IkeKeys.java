package org.larval.ike.crypto;

/**
 * The seven keys of an IKE SA (RFC 7296 section 2.14). It prints sizes only.
 *
 * @param d for children and successors
 * @param ai integrity of the initiator's messages; empty beside an AEAD
 * @param ar integrity of the responder's
 * @param ei encryption of the initiator's, salt at the end
 * @param er encryption of the responder's
 * @param pi for the initiator's AUTH
 * @param pr for the responder's
 */
public record IkeKeys(Secret d, Secret ai, Secret ar, Secret ei, Secret er, Secret pi, Secret pr) {
  /** Overwrites all of them. */
  public void destroy() {
    d.destroy();
    ai.destroy();
    ar.destroy();
    ei.destroy();
    er.destroy();
    pi.destroy();
    pr.destroy();
  }
}
