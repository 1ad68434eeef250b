package org.larval.ike.config;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.Identity;

/**
 * How one side of a connection proves who it is.
 *
 * @param method what it proves it with
 * @param identity who it is; {@code %any} for a remote side that may be anybody
 * @param eapIdentity what it answers to an EAP identity request, null for the identity
 * @param certificates names of the credentials it may show, all there are if empty
 */
public record Authentication(
    Method method, Identity identity, @Nullable String eapIdentity, List<String> certificates) {
  /** What a side proves its identity with. */
  public enum Method {
    /** A shared secret (RFC 7296 section 2.15). */
    PSK,
    /** A signature, by a certificate or a raw public key. */
    PUBKEY,
    /** Nothing (RFC 7619). */
    NULL,
    /** EAP-TLS (RFC 5216, RFC 9190). */
    EAP_TLS,
    /** EAP-MSCHAPv2. */
    EAP_MSCHAPV2;

    /** Whether it takes EAP. */
    public boolean eap() {
      return this == EAP_TLS || this == EAP_MSCHAPV2;
    }
  }

  /** Keeps its own copy of the list. */
  public Authentication {
    certificates = List.copyOf(certificates);
  }

  /** Without particulars. */
  public Authentication(Method method, Identity identity) {
    this(method, identity, null, List.of());
  }
}
