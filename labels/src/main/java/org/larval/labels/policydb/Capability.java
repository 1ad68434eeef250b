package org.larval.labels.policydb;

import java.util.Locale;

/** What a policy asks the kernel to do as it would not by itself (in the order of their bits). */
public enum Capability {
  /** The class peer, and checks of what is forwarded. */
  NETWORK_PEER_CONTROLS,
  /** The permission to open. */
  OPEN_PERMS,
  /** A class for each kind of socket. */
  EXTENDED_SOCKET_CLASS,
  /** Packets are checked although no rule labels any. */
  ALWAYS_CHECK_NETWORK,
  /** Labels on cgroup files. */
  CGROUP_SECLABEL,
  /** Transitions in spite of no_new_privs and nosuid. */
  NNP_NOSUID_TRANSITION,
  /** Labels on symbolic links of genfs. */
  GENFS_SECLABEL_SYMLINKS,
  /** No check of FIOCLEX and FIONCLEX. */
  IOCTL_SKIP_CLOEXEC,
  /** A context of its own for what userspace runs first. */
  USERSPACE_INITIAL_CONTEXT,
  /** Extended permissions for netlink messages. */
  NETLINK_XPERM,
  /** Patterns in the names of interfaces. */
  NETIF_WILDCARD,
  /** Patterns in the paths of genfs. */
  GENFS_SECLABEL_WILDCARD,
  /** Labels on functionfs. */
  FUNCTIONFS_SECLABEL,
  /** A class for memfd. */
  MEMFD_CLASS,
  /** Checks of BPF tokens. */
  BPF_TOKEN_PERMS;

  /** How policies write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
