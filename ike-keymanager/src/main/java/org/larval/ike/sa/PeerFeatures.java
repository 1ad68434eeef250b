package org.larval.ike.sa;

/** What a peer has said that it can do; false until it does. */
final class PeerFeatures {
  /** Takes fragments (RFC 7383). */
  boolean fragments;

  /** Moves (RFC 4555). */
  boolean mobike;

  /** Can be sent elsewhere (RFC 5685). */
  boolean redirects;

  void copy(PeerFeatures other) {
    fragments = other.fragments;
    mobike = other.mobike;
    redirects = other.redirects;
  }
}
