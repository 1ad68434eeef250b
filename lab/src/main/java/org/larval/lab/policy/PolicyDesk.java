package org.larval.lab.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.labels.MlsLevel;
import org.larval.labels.policydb.Contexts;
import org.larval.labels.policydb.InvalidContextException;
import org.larval.labels.policydb.NameTable;
import org.larval.labels.policydb.PolicyClass;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.Questions;
import org.larval.labels.policydb.SecurityServer;
import org.larval.labels.why.BooleanState;
import org.larval.labels.why.Explainer;
import org.larval.labels.why.Explanation;
import org.larval.labels.why.LevelDifference;

/** Answers questions to one policy that are asked in words. */
public final class PolicyDesk {
  private static final int MAX_PORT = 65535;

  private static final Map<String, Integer> PROTOCOLS =
      Map.of("tcp", 6, "udp", 17, "dccp", 33, "sctp", 132);

  /** How many fields a line has, its first word included. */
  private static final Map<String, Integer> FIELDS =
      Map.of(
          "av", 4, "ctx", 2, "trans", 4, "member", 4, "change", 4, "dom", 3, "port", 3, "netif", 2,
          "node", 2);

  private final SecurityServer server;
  private final PolicyDb policy;
  private final Explainer explainer;
  private final Questions lines;

  /** A desk with the booleans as the policy's file has them. */
  public PolicyDesk(PolicyDb policy) {
    this.policy = policy;
    server = new SecurityServer(policy);
    explainer = new Explainer(server);
    lines = new Questions(server);
  }

  /**
   * Sets booleans before any question.
   *
   * @throws QuestionException if there is none of a name
   */
  public void set(List<BooleanState> booleans) {
    Map<String, Boolean> values = new LinkedHashMap<>();
    for (BooleanState each : booleans) {
      NameTable names = policy.booleanNames();
      if (names.value(each.name()) == 0) {
        throw new QuestionException(
            "there is no boolean '" + each.name() + "' in this policy",
            QuestionException.didYouMean(
                names.nearest(each.name()), "'larval policy booleans' lists them"));
      }
      values.put(each.name(), each.on());
    }
    server.set(values);
  }

  /** Whether it may be done; of no permissions given all that the class has are asked. */
  public PolicyAnswer may(String source, String target, String tclass, List<String> permissions) {
    return PolicyAnswer.May.of(explain(source, target, tclass, permissions));
  }

  /** Why it may or may not be done. */
  public PolicyAnswer why(String source, String target, String tclass, List<String> permissions) {
    return PolicyAnswer.Why.of(explain(source, target, tclass, permissions));
  }

  private Explanation explain(
      String source, String target, String tclass, List<String> permissions) {
    PolicyContext one = context(source);
    PolicyContext other = context(target);
    if (permissions.isEmpty()) {
      RuleSearch.securityClass(policy, tclass);
    }
    return explainer.explain(one, other, tclass, permissions);
  }

  private PolicyContext context(String text) {
    try {
      return server.context(text);
    } catch (InvalidContextException problem) {
      throw QuestionException.of(problem);
    }
  }

  /** Whether a context may exist, and its canonical text. */
  public PolicyAnswer contexts(String text) {
    try {
      String canonical = server.text(server.context(text));
      return new PolicyAnswer.Context("context", text, true, canonical, null, null, List.of());
    } catch (InvalidContextException problem) {
      String part = problem.part().name().toLowerCase(Locale.ROOT).replace('_', '-');
      return new PolicyAnswer.Context(
          "context", text, false, null, part, problem.getMessage(), problem.nearest());
    }
  }

  /**
   * The context of a new object.
   *
   * @param kind {@code transition}, {@code member} or {@code change}
   */
  public PolicyAnswer newContext(String kind, String source, String target, String tclass) {
    PolicyContext one = context(source);
    PolicyContext other = context(target);
    PolicyClass known = RuleSearch.securityClass(policy, tclass);
    PolicyContext found =
        switch (kind) {
          case "transition" -> server.transition(one, other, known.value());
          case "member" -> server.member(one, other, known.value());
          default -> server.change(one, other, known.value());
        };
    return new PolicyAnswer.NewContext(
        kind, server.text(one), server.text(other), tclass, text(found));
  }

  private @Nullable String text(@Nullable PolicyContext context) {
    return context == null ? null : server.text(context);
  }

  /** How two levels stand. */
  public PolicyAnswer dominates(String level, String other) {
    if (!policy.mls()) {
      throw new QuestionException("this policy has no MLS", "ask one that has levels");
    }
    MlsLevel one = level(level);
    MlsLevel two = level(other);
    String relation =
        one.equals(two)
            ? "equal"
            : one.dominates(two) ? "dominates" : two.dominates(one) ? "dominated" : "incomparable";
    Contexts contexts = policy.contexts();
    return new PolicyAnswer.Levels(
        "dominates",
        contexts.text(one),
        contexts.text(two),
        relation,
        LevelDifference.lacks(contexts, one, two),
        LevelDifference.lacks(contexts, two, one));
  }

  private MlsLevel level(String text) {
    try {
      return policy.contexts().level(text);
    } catch (InvalidContextException problem) {
      throw QuestionException.of(problem);
    }
  }

  /** The context of a port; the protocol by name or number. */
  public PolicyAnswer port(String protocol, String port) {
    Integer named = PROTOCOLS.get(protocol);
    int number = named == null ? number(protocol, "the protocol", 255) : named;
    return new PolicyAnswer.Label(
        "port",
        protocol + " " + port,
        text(policy.objects().port(number, number(port, "the port", MAX_PORT))),
        null);
  }

  private static int number(String text, String what, int most) {
    if (text.matches("[0-9]{1,6}") && Integer.parseInt(text) <= most) {
      return Integer.parseInt(text);
    }
    throw new QuestionException(
        what + " is '" + text + "'",
        "write a number up to " + most + (most == 255 ? ", or tcp, udp, dccp, sctp" : ""));
  }

  /** The contexts of an interface. */
  public PolicyAnswer netif(String name) {
    return new PolicyAnswer.Label(
        "netif", name, text(policy.objects().netif(name)), text(policy.objects().message(name)));
  }

  /** The context of an address. */
  public PolicyAnswer node(String address) {
    try {
      return new PolicyAnswer.Label("node", address, text(policy.objects().node(address)), null);
    } catch (IllegalArgumentException problem) {
      throw new QuestionException(
          String.valueOf(problem.getMessage()), "write one like 10.0.0.1 or 2001:db8::1");
    }
  }

  /** The rules that are asked for. */
  public PolicyAnswer search(RuleSearch search) {
    return search.of(server);
  }

  /** All booleans as they stand, by name. */
  public PolicyAnswer booleans() {
    List<BooleanState> all = new ArrayList<>();
    NameTable names = policy.booleanNames();
    for (int value = 1; value <= names.limit(); value++) {
      if (names.has(value)) {
        all.add(new BooleanState(names.name(value), server.bool(names.name(value))));
      }
    }
    all.sort((one, other) -> one.name().compareTo(other.name()));
    return new PolicyAnswer.Booleans("booleans", all);
  }

  /**
   * Answers a line of fields between tabs; answers that it has already are dropped.
   *
   * @param why whether questions of access are to be explained
   */
  public PolicyAnswer line(String line, boolean why) {
    String[] fields = line.split("\t", -1);
    if (fields.length < FIELDS.getOrDefault(fields[0], Integer.MAX_VALUE)) {
      return asked(fields[0], line);
    }
    return switch (fields[0]) {
      case "av" ->
          why
              ? why(fields[1], fields[2], fields[3], List.of())
              : may(fields[1], fields[2], fields[3], List.of());
      case "ctx" -> contexts(fields[1]);
      case "trans" -> newContext("transition", fields[1], fields[2], fields[3]);
      case "member", "change" -> newContext(fields[0], fields[1], fields[2], fields[3]);
      case "dom" -> dominates(fields[1], fields[2]);
      case "port" -> port(fields[1], fields[2]);
      case "netif" -> netif(fields[1]);
      default -> node(fields[1]);
    };
  }

  /** Kinds that have no other form, and lines with too few fields. */
  private PolicyAnswer asked(String kind, String line) {
    try {
      return new PolicyAnswer.Line(kind, lines.answer(line));
    } catch (IllegalArgumentException problem) {
      String message = String.valueOf(problem.getMessage());
      int semicolon = message.lastIndexOf(';');
      throw new QuestionException(
          semicolon < 0 ? message : message.substring(0, semicolon),
          semicolon < 0
              ? "'larval policy answer --help' lists what can be asked"
              : message.substring(semicolon + 1).strip());
    }
  }
}
