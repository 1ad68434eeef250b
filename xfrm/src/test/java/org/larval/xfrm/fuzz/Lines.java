package org.larval.xfrm.fuzz;

/** Lines of {@code ip xfrm} for one SA to this host. */
final class Lines {
  private Lines() {}

  /**
   * One SA from address 1 to address 2 and policies that demand it.
   *
   * @param outer the SA's own family, 4 or 6
   * @param inner the family that it carries
   * @param more the end of the SA's line
   */
  static Setup setup(
      String protocol, String outer, String mode, String with, String inner, String... more) {
    String ends = outer.equals("6") ? "src fd09::1 dst fd09::2 " : "src 10.9.0.1 dst 10.9.0.2 ";
    String sa = ends + "proto " + protocol;
    String[] policies = Setup.policies(inner, sa + " mode " + mode);
    return Setup.of(
        "state add " + sa + " spi 0x1234 mode " + mode + " " + with + " " + String.join(" ", more),
        policies[0],
        policies[1],
        policies[2]);
  }
}
