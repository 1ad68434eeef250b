package org.larval.lab.ike;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Keys of swanctl.conf that the daemon does not obey: which may be passed by, and which may not.
 */
final class SwanctlWords {
  /** Nothing is lost, or only comfort; the value is not asked. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "aggressive",
          "pull",
          "dscp",
          "send-certreq",
          "send-cert",
          "keyingtries",
          "dpd-timeout",
          "rand-bytes",
          "rand-packets",
          "updown",
          "hostaccess",
          "priority",
          "ipcomp",
          "inactivity",
          "tfc-padding",
          "hw-offload",
          "copy-df",
          "copy-ecn",
          "copy-dscp",
          "cert-uri-base",
          "crl-uris",
          "ocsp-uris",
          "ocsp-servers",
          "round",
          "xauth-id",
          "aaa-id",
          "local-port",
          "dns",
          "nbns",
          "dhcp",
          "netmask",
          "server",
          "subnet",
          "split-include",
          "split-exclude");

  /** These decide who may come in or what is protected: passing them by would weaken it. */
  private static final List<Pattern> GUARDS =
      List.of(
              "groups",
              "cert-policy",
              "ca-id",
              "revocation",
              "pubkeys",
              "mark-in",
              "mark-out",
              "set-mark-in",
              "set-mark-out",
              "mark-in-sa",
              "if-id-in",
              "if-id-out",
              "interface",
              "policies",
              "policies-fwd-out",
              "sha256-96",
              "mediation",
              "mediated-by",
              "mediation-peer",
              "per-cpu-sas",
              "handle",
              "slot",
              "module",
              "cacert[0-9-].*",
              "ocsp")
          .stream()
          .map(Pattern::compile)
          .toList();

  /** Values with which a key of the second kind means nothing. */
  private static final Set<String> DEFAULTS = Set.of("no", "0", "%unique-no", "");

  /** What is done about a key. */
  enum Fate {
    /** The reader knows it. */
    KNOWN,
    /** It is passed by with a warning. */
    WARNED,
    /** It is passed by in silence: it says what is done anyway. */
    IDLE,
    /** It is an error. */
    REFUSED
  }

  private SwanctlWords() {}

  static Fate fate(String key, String value) {
    String plain = value.strip().toLowerCase(Locale.ROOT);
    if (WITHOUT_EFFECT.contains(key)) {
      return DEFAULTS.contains(plain) ? Fate.IDLE : Fate.WARNED;
    }
    boolean guards = GUARDS.stream().anyMatch(guard -> guard.matcher(key).matches());
    if (!guards) {
      return Fate.KNOWN;
    }
    boolean idle =
        key.equals("policies")
            ? plain.equals("yes")
            : key.equals("revocation") ? plain.equals("relaxed") : DEFAULTS.contains(plain);
    return idle ? Fate.IDLE : Fate.REFUSED;
  }
}
