package org.larval.ike.auth;

import java.util.List;

/** Whether a peer's certificate is believed. */
public sealed interface Verdict {
  /**
   * It is.
   *
   * @param chain from the peer's certificate to the trust anchor
   */
  record Trusted(List<Certificate> chain) implements Verdict {
    /** Keeps its own copy. */
    public Trusted {
      chain = List.copyOf(chain);
    }
  }

  /**
   * It is not.
   *
   * @param reason one sentence
   */
  record Refused(String reason) implements Verdict {}
}
