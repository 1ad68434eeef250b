package org.larval.labels.policydb;

/** The parts of a binary policy, in the file's order. */
public enum PolicySection {
  /** Magic, identifier, version, flags and the numbers of tables. */
  HEADER("header"),
  /** The capabilities that the policy asks the kernel for. */
  CAPABILITIES("policy capabilities"),
  /** Types whose denials are logged and let pass. */
  PERMISSIVE("permissive types"),
  /** Types whose denials are not even logged, from version 35 on. */
  NEVERAUDIT("neveraudit types"),
  /** Permissions that several classes share. */
  COMMONS("commons"),
  /** Classes with their permissions and constraints. */
  CLASSES("classes"),
  /** Roles with their types. */
  ROLES("roles"),
  /** Types, attributes and aliases. */
  TYPES("types"),
  /** Users with their roles and clearance. */
  USERS("users"),
  /** Booleans that switch conditional rules. */
  BOOLEANS("booleans"),
  /** Sensitivities with their categories. */
  SENSITIVITIES("sensitivities"),
  /** Categories. */
  CATEGORIES("categories"),
  /** Rules that always hold. */
  RULES("rules"),
  /** Rules that hold while an expression of booleans does. */
  CONDITIONALS("conditional rules"),
  /** New roles. */
  ROLE_TRANSITIONS("role transitions"),
  /** Which role may change into which. */
  ROLE_ALLOWS("role allows"),
  /** New types of named objects, from version 25 on. */
  FILENAME_TRANSITIONS("filename transitions"),
  /** Contexts of initial SIDs. */
  INITIAL_SIDS("initial SIDs"),
  /** Contexts of file systems. */
  FILE_SYSTEMS("file systems"),
  /** Contexts of ports. */
  PORTS("ports"),
  /** Contexts of network interfaces. */
  INTERFACES("network interfaces"),
  /** Contexts of IPv4 addresses. */
  NODES_V4("IPv4 nodes"),
  /** How file systems are labeled. */
  FS_USE("fs_use"),
  /** Contexts of IPv6 addresses. */
  NODES_V6("IPv6 nodes"),
  /** Contexts of InfiniBand partition keys, from version 31 on. */
  IB_PKEYS("InfiniBand partition keys"),
  /** Contexts of InfiniBand end ports, from version 31 on. */
  IB_END_PORTS("InfiniBand end ports"),
  /** Contexts of paths on file systems without labels. */
  GENFS("genfs"),
  /** New levels. */
  RANGE_TRANSITIONS("range transitions"),
  /** Which attributes each type has. */
  TYPE_ATTRIBUTES("type attribute map"),
  /** Behind the last part nothing may follow. */
  END("end of the policy");

  private final String title;

  PolicySection(String title) {
    this.title = title;
  }

  /** Its name in messages. */
  public String title() {
    return title;
  }
}
