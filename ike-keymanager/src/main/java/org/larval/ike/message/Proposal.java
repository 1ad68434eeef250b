package org.larval.ike.message;

import java.util.List;

/**
 * One way to protect, out of which a peer picks a transform of each type (RFC 7296 section 3.3.1).
 *
 * @param number from 1 in an offer; an answer repeats the one it picked
 * @param protocol number of what it protects, see {@link Protocol}
 * @param spi the sender's inbound SPI; empty for an initial IKE SA
 * @param transforms in the sender's order of preference within a type
 */
public record Proposal(int number, int protocol, Octets spi, List<Transform> transforms) {
  /** Keeps its own copy of the transforms. */
  public Proposal {
    transforms = List.copyOf(transforms);
  }

  /** Those of one type, in order. */
  public List<Transform> ofType(int type) {
    return transforms.stream().filter(one -> one.type() == type).toList();
  }
}
