package org.larval.labels;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A small policy as text: SELinux type enforcement and nothing else. Whatever no rule allows is
 * denied. Users, roles and MLS ranges play no part.
 *
 * <pre>
 *   # lines like these; each set in braces may also be a single name
 *   allow internal_t ipsec_spd_t:association { polmatch };
 *   allow { internal_t external_t } self:association sendto;
 *   allow httpd_t http_packet_t:packet *;
 *   permissive test_t;
 * </pre>
 *
 * <p>A permissive policy (or one asked about a {@code permissive} source) allows what it should
 * deny, and {@link #permitted() writes it down} once for each question.
 */
public final class AllowList implements LabelPolicy {
  /** How many denials a permissive policy writes down. */
  public static final int MAX_PERMITTED = 1024;

  /** How many rules a text may come to when its sets are multiplied out. */
  public static final int MAX_RULES = 100_000;

  private static final String A_RULE = "a line like 'allow a_t b_t:packet { recv };'";

  private record Rule(String source, String target, String securityClass) {}

  private final Sids sids;
  private final Map<Rule, Set<String>> rules = new HashMap<>();
  private final Set<String> permissive = new HashSet<>();
  private final Set<Decision.Denied> permitted = new LinkedHashSet<>();
  private final DecisionCache cache = new DecisionCache();
  private boolean enforcing = true;

  private AllowList(Sids sids) {
    this.sids = sids;
  }

  /**
   * Reads a policy, which enforces at first. An empty text denies everything.
   *
   * @param sids what the SIDs in later questions stand for
   * @throws PolicyTextException if the text is wrong, with the place
   */
  public static AllowList parse(String text, Sids sids) {
    AllowList list = new AllowList(sids);
    PolicyScanner scanner = new PolicyScanner(text);
    while (!scanner.atEnd()) {
      switch (scanner.token()) {
        case "allow" -> list.readAllow(scanner);
        case "permissive" -> {
          scanner.take();
          list.permissive.add(name(scanner, "a type"));
        }
        default -> throw scanner.unexpected(A_RULE + " or 'permissive a_t;'");
      }
      scanner.expect(";", "';' at the end of the rule");
    }
    return list;
  }

  private void readAllow(PolicyScanner scanner) {
    scanner.take();
    List<String> sources = names(scanner, "the source's type");
    List<String> targets = names(scanner, "the target's type or 'self'");
    scanner.expect(":", "':' and a class after the target");
    List<String> classes = classes(scanner);
    List<String> permissions = permissions(scanner, classes);
    for (String source : sources) {
      for (String target : targets) {
        for (String securityClass : classes) {
          add(scanner, source, target.equals("self") ? source : target, securityClass, permissions);
        }
      }
    }
  }

  private void add(
      PolicyScanner scanner,
      String source,
      String target,
      String securityClass,
      List<String> permissions) {
    Set<String> known =
        rules.computeIfAbsent(new Rule(source, target, securityClass), rule -> new HashSet<>());
    if (permissions.contains("*")) {
      known.addAll(NetworkClasses.permissions(securityClass));
    } else {
      known.addAll(permissions);
    }
    if (rules.size() > MAX_RULES) {
      throw scanner.wrong("there are more than " + MAX_RULES + " rules", "a smaller policy");
    }
  }

  private static List<String> classes(PolicyScanner scanner) {
    return items(scanner, () -> knownClass(scanner));
  }

  private static String knownClass(PolicyScanner scanner) {
    if (!NetworkClasses.has(scanner.token())) {
      throw scanner.wrong(
          scanner.atEnd() ? "the text ends" : "'" + scanner.token() + "' is not a known class",
          "one of " + NetworkClasses.names());
    }
    return scanner.take();
  }

  private static List<String> permissions(PolicyScanner scanner, List<String> classes) {
    if (scanner.at("*")) {
      return List.of(scanner.take());
    }
    return items(scanner, () -> permission(scanner, classes));
  }

  private static String permission(PolicyScanner scanner, List<String> classes) {
    for (String securityClass : classes) {
      List<String> known = NetworkClasses.permissions(securityClass);
      if (!known.contains(scanner.token())) {
        throw scanner.wrong(
            scanner.atEnd()
                ? "the text ends"
                : "class " + securityClass + " has no permission '" + scanner.token() + "'",
            "one of " + String.join(", ", known));
      }
    }
    return scanner.take();
  }

  private static List<String> names(PolicyScanner scanner, String right) {
    return items(scanner, () -> name(scanner, right));
  }

  private static String name(PolicyScanner scanner, String right) {
    if (!SecurityContext.isName(scanner.token())) {
      throw scanner.unexpected(right);
    }
    return scanner.take();
  }

  /** One item, or some in braces. */
  private static List<String> items(PolicyScanner scanner, Supplier<String> item) {
    if (!scanner.at("{")) {
      return List.of(item.get());
    }
    scanner.take();
    List<String> items = new ArrayList<>();
    do {
      items.add(item.get());
    } while (!scanner.at("}"));
    scanner.take();
    return items;
  }

  /** Whether it denies; if not it only writes down. */
  public boolean enforcing() {
    return enforcing;
  }

  /** Turns enforcing on or off, as setenforce does. */
  public void enforcing(boolean on) {
    enforcing = on;
    cache.clear();
  }

  @Override
  public Decision decide(int sourceSid, int targetSid, String securityClass, String permission) {
    Decision known = cache.find(sourceSid, targetSid, securityClass, permission);
    if (known != null) {
      return known;
    }
    Decision decision =
        evaluate(sids.context(sourceSid), sids.context(targetSid), securityClass, permission);
    if (sids.settled(sourceSid) && sids.settled(targetSid)) {
      cache.put(sourceSid, targetSid, securityClass, permission, decision);
    }
    return decision;
  }

  private Decision evaluate(
      SecurityContext source, SecurityContext target, String securityClass, String permission) {
    Set<String> allowed = rules.get(new Rule(source.type(), target.type(), securityClass));
    if (allowed != null && allowed.contains(permission)) {
      return Decision.Allowed.BY_RULE;
    }
    Decision.Denied denied = denied(source, target, securityClass, permission);
    if (enforcing && !permissive.contains(source.type())) {
      return denied;
    }
    if (permitted.size() < MAX_PERMITTED) {
      permitted.add(denied);
    }
    return new Decision.Allowed(denied);
  }

  private static Decision.Denied denied(
      SecurityContext source, SecurityContext target, String securityClass, String permission) {
    boolean self = source.type().equals(target.type());
    String remedy =
        "allow %s %s:%s { %s };"
            .formatted(source.type(), self ? "self" : target.type(), securityClass, permission);
    String cause = "no rule allows " + source.type() + " to " + target.type() + " this permission";
    return new Decision.Denied(source, target, securityClass, permission, cause, remedy);
  }

  /** What was allowed only because the policy or the source is permissive, oldest first. */
  public List<Decision.Denied> permitted() {
    return List.copyOf(permitted);
  }
}
