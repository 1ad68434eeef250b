package org.larval.lab.policy;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.labels.why.BooleanState;
import org.larval.labels.why.Explanation;
import org.larval.labels.why.Outcome;
import org.larval.labels.why.Verdict;

/** What a policy says to one question. The first component of each names its kind in JSON. */
public sealed interface PolicyAnswer {
  /** Lines for people, each with its line feed. */
  String text();

  /** Whether it is a no, which only a question of what one may do can be answered. */
  default boolean refused() {
    return false;
  }

  /** What may be done. */
  record May(
      String kind,
      String source,
      String target,
      String tclass,
      List<String> allowed,
      List<String> denied,
      List<String> letPass)
      implements PolicyAnswer {
    static May of(Explanation explanation) {
      return new May(
          "may",
          explanation.source(),
          explanation.target(),
          explanation.securityClass(),
          of(explanation, Outcome.ALLOWED),
          of(explanation, Outcome.DENIED),
          of(explanation, Outcome.LET_PASS));
    }

    private static List<String> of(Explanation explanation, Outcome outcome) {
      return explanation.verdicts().stream()
          .filter(verdict -> verdict.outcome() == outcome)
          .map(Verdict::permissions)
          .flatMap(List::stream)
          .toList();
    }

    @Override
    public boolean refused() {
      return !denied.isEmpty();
    }

    @Override
    public String text() {
      StringBuilder text = new StringBuilder();
      text.append(source).append(" -> ").append(target).append(" : ").append(tclass).append('\n');
      line(text, "allowed", allowed);
      line(text, "denied", denied);
      line(text, "let pass, being permissive,", letPass);
      return text.toString();
    }

    private static void line(StringBuilder text, String word, List<String> permissions) {
      if (!permissions.isEmpty()) {
        text.append("  ").append(word).append(" { ").append(String.join(" ", permissions));
        text.append(" }\n");
      }
    }
  }

  /** Why it may or may not be done. */
  record Why(
      String kind,
      String source,
      String target,
      String tclass,
      List<ExplanationJson.VerdictJson> verdicts,
      @JsonIgnore String words)
      implements PolicyAnswer {
    static Why of(Explanation explanation) {
      return new Why(
          "why",
          explanation.source(),
          explanation.target(),
          explanation.securityClass(),
          ExplanationJson.of(explanation),
          explanation.text());
    }

    @Override
    public String text() {
      return words;
    }
  }

  /**
   * Whether a context may exist.
   *
   * @param canonical its one spelling, null if it may not
   * @param part what is wrong with it, else null
   */
  record Context(
      String kind,
      String context,
      boolean valid,
      @Nullable String canonical,
      @Nullable String part,
      @Nullable String problem,
      List<String> nearest)
      implements PolicyAnswer {
    @Override
    public String text() {
      return valid
          ? "valid " + canonical + "\n"
          : "invalid "
              + context
              + "\n  "
              + part
              + ": "
              + problem
              + (nearest.isEmpty() ? "" : "; did you mean " + String.join(" or ", nearest) + "?")
              + "\n";
    }
  }

  /**
   * The context of a new object.
   *
   * @param kind transition, member or change
   * @param context null if it may not exist
   */
  record NewContext(
      String kind, String source, String target, String tclass, @Nullable String context)
      implements PolicyAnswer {
    @Override
    public String text() {
      return kind
          + " "
          + source
          + " -> "
          + target
          + " : "
          + tclass
          + "\n  "
          + (context == null ? "the context that rules ask for may not exist" : context)
          + "\n";
    }
  }

  /**
   * How two levels stand.
   *
   * @param relation equal, dominates, dominated or incomparable
   * @param lacks what the one lacks to dominate the other
   * @param otherLacks what the other lacks to dominate the one
   */
  record Levels(
      String kind,
      String level,
      String other,
      String relation,
      List<String> lacks,
      List<String> otherLacks)
      implements PolicyAnswer {
    @Override
    public String text() {
      StringBuilder text = new StringBuilder(level);
      text.append(
          switch (relation) {
            case "equal" -> " is the same as ";
            case "dominates" -> " dominates ";
            case "dominated" -> " is dominated by ";
            default -> " is not comparable with ";
          });
      text.append(other).append('\n');
      if (!lacks.isEmpty()) {
        text.append("  ").append(level).append(" lacks ").append(String.join(" and ", lacks));
        text.append('\n');
      }
      if (!otherLacks.isEmpty()) {
        text.append("  ").append(other).append(" lacks ").append(String.join(" and ", otherLacks));
        text.append('\n');
      }
      return text.toString();
    }
  }

  /**
   * The context of something that is no process.
   *
   * @param kind port, netif, node or isid
   * @param message of an interface the context of what arrives on it, else null
   */
  record Label(String kind, String asked, @Nullable String context, @Nullable String message)
      implements PolicyAnswer {
    @Override
    public String text() {
      return kind
          + " "
          + asked
          + "\n  "
          + (context == null ? "no context" : context)
          + (message == null ? "" : "\n  what arrives on it: " + message)
          + "\n";
    }
  }

  /** Rules found. */
  record Rules(String kind, List<Rule> rules) implements PolicyAnswer {
    @Override
    public String text() {
      StringBuilder text = new StringBuilder();
      for (Rule rule : rules) {
        text.append(rule.rule());
        if (rule.condition() != null) {
          text.append(" [ ").append(rule.condition()).append(rule.on() ? " ]: on" : " ]: off");
        }
        text.append('\n');
      }
      return text.isEmpty() ? "no rule\n" : text.toString();
    }
  }

  /**
   * A rule.
   *
   * @param kind such as {@code allow}
   * @param rule as policies write it
   * @param condition the booleans that it depends on, or null
   * @param on whether it is in force
   */
  record Rule(String kind, String rule, @Nullable String condition, boolean on) {}

  /** All booleans as they stand. */
  record Booleans(String kind, List<BooleanState> booleans) implements PolicyAnswer {
    @Override
    public String text() {
      StringBuilder text = new StringBuilder();
      booleans.forEach(
          each -> text.append(each.name()).append(each.on() ? " on" : " off").append('\n'));
      return text.toString();
    }
  }

  /** The whole report: of which policy, with which booleans, and the answers in order. */
  record Report(String policy, List<BooleanState> set, List<PolicyAnswer> answers) {}

  /** Any other question in the lines of tabs, answered as there. */
  record Line(String kind, String line) implements PolicyAnswer {
    @Override
    public String text() {
      return line + "\n";
    }
  }
}
