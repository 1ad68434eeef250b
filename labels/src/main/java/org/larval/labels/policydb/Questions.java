package org.larval.labels.policydb;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.labels.MlsLevel;

/**
 * Questions to a policy as lines of fields between tabs, answered by the same line with answers
 * appended.
 *
 * <pre>
 *   av S T CLASS            allowed auditallow dontaudit reason
 *   ctx C                   valid|lax|invalid [canonical]
 *   trans|member|change S T CLASS   context|invalid
 *   vt OLD NEW TASK CLASS   0|1
 *   dom L1 L2               eq dom domby incomp
 *   contains R1 R2          0|1
 *   port PROTO PORT         context
 *   netif NAME              context of the interface, context of what arrives on it
 *   node ADDRESS            context
 *   isid N                  context
 * </pre>
 *
 * <p>Answers that a line has already are dropped. The reason is a sum, in hexadecimal: 1 if a
 * permission lacks a rule, 2 if constraints withhold one, 4 if the change of role does, 8 if bounds
 * do; or just 100 where the source is bounded by a type that is bounded itself. {@code lax} is a
 * context that libsepol reads by ignoring its end. The kernel refuses it, and so does everything
 * here but this answer. A question that makes no sense in the policy is answered {@code invalid}.
 */
public final class Questions {
  /** How many fields each question has, its first word included. */
  private static final Map<String, Integer> FIELDS = new LinkedHashMap<>();

  private static final String INVALID = "invalid";

  static {
    FIELDS.put("av", 4);
    FIELDS.put("ctx", 2);
    FIELDS.put("trans", 4);
    FIELDS.put("member", 4);
    FIELDS.put("change", 4);
    FIELDS.put("vt", 5);
    FIELDS.put("dom", 3);
    FIELDS.put("contains", 3);
    FIELDS.put("port", 3);
    FIELDS.put("netif", 2);
    FIELDS.put("node", 2);
    FIELDS.put("isid", 2);
  }

  private final SecurityServer server;
  private final PolicyDb policy;
  private final Contexts contexts;
  private final AccessVector vector = new AccessVector();

  /** Questions to a server. */
  public Questions(SecurityServer server) {
    this.server = server;
    policy = server.policy();
    contexts = policy.contexts();
  }

  /**
   * The line with its answer.
   *
   * @throws IllegalArgumentException if it is no question; the message says what is wrong and what
   *     would be right
   */
  public String answer(String line) {
    String[] fields = line.split("\t", -1);
    Integer count = FIELDS.get(fields[0]);
    if (count == null) {
      throw new IllegalArgumentException(
          "'"
              + fields[0]
              + "' is no kind of question; begin with one of "
              + String.join(", ", FIELDS.keySet()));
    }
    if (fields.length < count) {
      throw new IllegalArgumentException(
          "'"
              + fields[0]
              + "' has "
              + (fields.length - 1)
              + " fields after it; put "
              + (count - 1)
              + " there, with tabs between");
    }
    StringBuilder answer = new StringBuilder(line.length() + 64);
    for (int i = 0; i < count; i++) {
      answer.append(fields[i]).append('\t');
    }
    return answer.append(answer(fields)).toString();
  }

  private String answer(String[] fields) {
    try {
      return switch (fields[0]) {
        case "av" -> access(fields);
        case "ctx" -> context(fields[1]);
        case "trans", "member", "change" -> newContext(fields);
        case "vt" -> change(fields);
        case "dom" -> compare(contexts.ends(fields[1])[0], contexts.ends(fields[2])[0]);
        case "contains" -> contains(contexts.ends(fields[1]), contexts.ends(fields[2]));
        case "port" -> text(policy.objects().port(number(fields[1]), number(fields[2])));
        case "netif" ->
            text(policy.objects().netif(fields[1]))
                + "\t"
                + text(policy.objects().message(fields[1]));
        case "node" -> node(fields[1]);
        default -> text(policy.objects().initial(number(fields[1])));
      };
    } catch (InvalidContextException problem) {
      return INVALID;
    }
  }

  private String access(String[] fields) {
    PolicyContext source = contexts.parse(fields[1]);
    PolicyContext target = contexts.parse(fields[2]);
    PolicyClass securityClass = policy.securityClass(fields[3]);
    if (securityClass == null) {
      return INVALID;
    }
    server.decide(source, target, securityClass.value(), vector);
    return permissions(securityClass, vector.allowed())
        + "\t"
        + permissions(securityClass, vector.auditallow())
        + "\t"
        + permissions(securityClass, ~vector.auditdeny())
        + "\t"
        + reason(securityClass.mask(), source.type());
  }

  private static String permissions(PolicyClass securityClass, int permissions) {
    String names = securityClass.names(permissions);
    return names.isEmpty() ? "-" : names;
  }

  private String reason(int mask, int type) {
    Types types = policy.types();
    if (types.bounds(type) != 0 && types.bounds(types.bounds(type)) != 0) {
      return "100";
    }
    int reason =
        lost(mask, vector.granted(), 1)
            | lost(mask & vector.granted(), vector.unconstrained(), 2)
            | lost(mask & vector.unconstrained(), vector.roleAllowed(), 4)
            | lost(mask & vector.roleAllowed(), vector.allowed(), 8);
    return Integer.toHexString(reason);
  }

  private static int lost(int wanted, int left, int reason) {
    return (wanted & ~left) == 0 ? 0 : reason;
  }

  private String context(String text) {
    try {
      return "valid\t" + contexts.text(contexts.parse(text));
    } catch (InvalidContextException problem) {
      String read = lax(text);
      return read == null ? INVALID : "lax\t" + contexts.text(contexts.parse(read));
    }
  }

  /**
   * What libsepol reads of a context: after the categories of the high level a second dash ends the
   * text. Null if there is no such end.
   */
  private static @Nullable String lax(String text) {
    int range = -1;
    for (int i = 0; i < 3; i++) {
      range = text.indexOf(':', range + 1);
      if (range < 0) {
        return null;
      }
    }
    int dash = text.indexOf('-', range);
    int categories = dash < 0 ? -1 : text.indexOf(':', dash);
    int end = categories < 0 ? -1 : text.indexOf('-', categories);
    return end < 0 ? null : text.substring(0, end);
  }

  private String newContext(String[] fields) {
    PolicyContext source = contexts.parse(fields[1]);
    PolicyContext target = contexts.parse(fields[2]);
    int securityClass = policy.classNames().value(fields[3]);
    if (securityClass == 0) {
      return INVALID;
    }
    return text(
        switch (fields[0]) {
          case "trans" -> server.transition(source, target, securityClass);
          case "member" -> server.member(source, target, securityClass);
          default -> server.change(source, target, securityClass);
        });
  }

  private String change(String[] fields) {
    PolicyContext before = contexts.parse(fields[1]);
    PolicyContext after = contexts.parse(fields[2]);
    PolicyContext task = contexts.parse(fields[3]);
    int securityClass = policy.classNames().value(fields[4]);
    return securityClass == 0 ? INVALID : bit(server.mayChange(before, after, task, securityClass));
  }

  private static String compare(MlsLevel one, MlsLevel other) {
    return String.join(
        "\t",
        bit(one.equals(other)),
        bit(one.dominates(other)),
        bit(other.dominates(one)),
        bit(one.incomparable(other)));
  }

  /** Whether one range contains another; either may be upside down. */
  private static String contains(MlsLevel[] one, MlsLevel[] other) {
    return bit(other[0].dominates(one[0]) && one[1].dominates(other[1]));
  }

  private static String bit(boolean set) {
    return set ? "1" : "0";
  }

  private static int number(String text) {
    if (!text.matches("[0-9]{1,9}")) {
      throw new IllegalArgumentException("'" + text + "' is no number; write digits");
    }
    return Integer.parseInt(text);
  }

  private String node(String text) {
    IpLiteral address = IpLiteral.parse(text);
    if (address == null) {
      return INVALID;
    }
    return text(
        address.v6()
            ? policy.objects().node6(address.high(), address.low())
            : policy.objects().node((int) address.low()));
  }

  private String text(@Nullable PolicyContext context) {
    return context == null ? INVALID : contexts.text(context);
  }
}
