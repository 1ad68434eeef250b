package org.larval.cipso;

/** What {@link NetLabel#receive} found; the SID is asked for after it. */
public enum PeerLabel {
  /** NetLabel is not in use: no label, and nobody looked. */
  OFF,
  /** The packet has no label and none was given to its source; that is accepted. */
  NONE,
  /** A label that was given to the packet's source: real labels win over it. */
  FALLBACK,
  /** A label that came with the packet, as CIPSO. */
  CIPSO,
  /** A label that came with the packet, as CALIPSO. */
  CALIPSO,
  /** No label where one is demanded, or one that the policy does not allow: EACCES. */
  REFUSED;

  /** Whether the kernel's label type is one of a labelling protocol. */
  public boolean explicit() {
    return this == CIPSO || this == CALIPSO;
  }
}
