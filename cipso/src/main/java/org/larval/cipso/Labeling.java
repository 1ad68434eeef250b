package org.larval.cipso;

import org.larval.packet.Errno;

/** What the domain map says about a socket or packet on its way out. */
public sealed interface Labeling {
  /** No label: an option that is there is taken away. */
  Labeling NONE = new Unlabeled();

  /** It depends on the destination (EDESTADDRREQ inside the kernel). */
  Labeling BY_ADDRESS = new ByAddress();

  /** No entry of the map fits: no networking. */
  Labeling UNMAPPED = new Refuse(Errno.ENOENT);

  /** It goes without a label. */
  record Unlabeled() implements Labeling {}

  /** The map has selectors for addresses, and none was given. */
  record ByAddress() implements Labeling {}

  /** It carries this option. */
  record Attach(LabelOption option) implements Labeling {}

  /**
   * It must not go.
   *
   * @param errno ENOENT without an entry, ENOSPC if the label does not fit its tags, EPERM if it is
   *     not translated
   */
  record Refuse(Errno errno) implements Labeling {}

  /** A refusal for a reason. */
  static Labeling refuse(Errno errno) {
    return new Refuse(errno);
  }
}
