package org.larval.xfrm.grammar;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Policy;
import org.larval.xfrm.PolicyFlag;
import org.larval.xfrm.PolicyType;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.Template;

/** The words after {@code ip xfrm policy} that name policies. One object reads one line. */
final class PolicyGrammar {
  private static final int MAX_TEMPLATES = 6;
  private static final String CLAUSES =
      "expected one of src, dst, dev, proto, dir, ctx, mark, index, ptype, action, priority, flag,"
          + " limit, if_id, tmpl";

  private final Words words;
  private final IpXfrm.Line line;
  private final SelectorGrammar selector;
  private final LimitGrammar limits;

  private @Nullable Direction direction;
  private @Nullable SecurityLabel label;
  private Mark mark = Mark.NONE;
  private boolean indexGiven;
  private int index;
  private int indexColumn;
  private @Nullable PolicyType type;
  private Policy.@Nullable Action action;
  private @Nullable Integer priority;
  private int ifId;
  private final EnumSet<PolicyFlag> flags = EnumSet.noneOf(PolicyFlag.class);
  private final List<TemplateGrammar> templates = new ArrayList<>();

  PolicyGrammar(Words words, IpXfrm.Line line) {
    this.words = words;
    this.line = line;
    selector = new SelectorGrammar(words, line.devices());
    limits = new LimitGrammar(words);
  }

  IpXfrmCommand add(boolean update) {
    while (!words.done()) {
      if (!nameClause() && !markClause() && !valueClause() && !addClause()) {
        throw words.unknown(CLAUSES);
      }
    }
    Selector flows = selector.selector(line.v6());
    Direction way = directionRequired();
    List<Template> made = new ArrayList<>();
    boolean family = flows.v6();
    for (TemplateGrammar template : templates) {
      made.add(template.template(family, way));
      family = template.outer(family);
    }
    Policy policy =
        new Policy(
            typeOrMain(),
            way,
            flows,
            priority == null ? 0 : priority,
            index,
            action == null ? Policy.Action.ALLOW : action,
            flags,
            mark,
            ifId,
            label,
            made);
    return update
        ? new IpXfrmCommand.PolicyUpdate(line.namespace(), policy, limits.lifetimes())
        : new IpXfrmCommand.PolicyAdd(line.namespace(), policy, limits.lifetimes());
  }

  IpXfrmCommand delete() {
    one();
    return new IpXfrmCommand.PolicyDelete(
        line.namespace(),
        directionRequired(),
        typeOrMain(),
        index == 0 ? selector.selector(line.v6()) : null,
        index,
        mark,
        ifId,
        label);
  }

  IpXfrmCommand get() {
    one();
    return new IpXfrmCommand.PolicyGet(
        line.namespace(),
        directionRequired(),
        typeOrMain(),
        index == 0 ? selector.selector(line.v6()) : null,
        index,
        mark,
        ifId,
        label,
        line.statistics());
  }

  private void one() {
    while (!words.done()) {
      if (!nameClause() && !markClause()) {
        throw words.unknown(
            "expected one of src, dst, dev, proto, index, dir, ctx, mark, ptype, if_id");
      }
    }
    if (index != 0 && selector.given()) {
      throw new IpXfrmException(
          indexColumn, "an index beside a selector", "expected one of the two");
    }
    if (index == 0 && !selector.given()) {
      throw words.unknown("expected a selector (src, dst, proto) or index");
    }
  }

  /** {@code list} and {@code deleteall}. */
  IpXfrmCommand all(boolean delete) {
    boolean nosock = false;
    while (!words.done()) {
      if (words.take("nosock")) {
        nosock = true;
      } else if (!nameClause() && !valueClause()) {
        throw words.unknown(
            "expected one of src, dst, dev, proto, dir, index, ptype, action, priority, flag,"
                + " nosock");
      }
    }
    PolicyFilter filter =
        new PolicyFilter(
            line.family(),
            selector.flows(),
            direction,
            indexGiven ? index : null,
            type,
            action,
            priority,
            flags);
    return delete
        ? new IpXfrmCommand.PolicyDeleteAll(line.namespace(), filter)
        : new IpXfrmCommand.PolicyList(line.namespace(), filter, nosock, line.statistics());
  }

  IpXfrmCommand flush() {
    if (words.peek().equals("ptype")) {
      ptype();
    }
    words.expectEnd();
    return new IpXfrmCommand.PolicyFlush(line.namespace(), typeOrMain());
  }

  private PolicyType typeOrMain() {
    return type == null ? PolicyType.MAIN : type;
  }

  private Direction directionRequired() {
    Direction given = direction;
    if (given == null) {
      throw words.unknown("expected dir in, dir out or dir fwd");
    }
    if (index != 0 && (index & 7) != lowBits(given)) {
      throw new IpXfrmException(
          indexColumn,
          "index " + Integer.toUnsignedString(index) + " is not of dir " + given.label(),
          "expected one whose remainder by 8 is " + lowBits(given));
    }
    return given;
  }

  private static int lowBits(Direction direction) {
    return switch (direction) {
      case IN -> 0;
      case OUT -> 1;
      case FWD -> 2;
    };
  }

  /** What every command takes. */
  private boolean nameClause() {
    if (selector.clause()) {
      return true;
    }
    switch (words.peek()) {
      case "dir" -> {
        if (direction != null) {
          throw words.unknown("one dir was given already");
        }
        words.next("dir");
        direction = words.choice("dir", List.of(Direction.values()), Direction::label);
      }
      case "index" -> {
        words.next("index");
        index = words.u32("index");
        indexGiven = true;
        indexColumn = words.lastColumn();
      }
      case "ptype" -> ptype();
      default -> {
        return false;
      }
    }
    return true;
  }

  /** What tells policies of one selector apart. */
  private boolean markClause() {
    switch (words.peek()) {
      case "ctx" -> {
        words.next("ctx");
        label = line.labels().read(words);
      }
      case "mark" -> {
        words.next("mark");
        Mark given = words.mark();
        mark = new Mark(given.value() & given.mask(), given.mask());
      }
      case "if_id" -> {
        words.next("if_id");
        ifId = words.u32("if_id");
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** What policies are chosen by too. */
  private boolean valueClause() {
    switch (words.peek()) {
      case "action" -> {
        words.next("action");
        action =
            words.choice(
                "action",
                List.of(Policy.Action.values()),
                choice -> choice.name().toLowerCase(Locale.ROOT));
      }
      case "priority" -> {
        words.next("priority");
        priority = words.u32("priority");
      }
      case "flag" -> flags();
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean addClause() {
    switch (words.peek()) {
      case "tmpl" -> {
        words.next("tmpl");
        templates.add(new TemplateGrammar(words));
        if (templates.size() > MAX_TEMPLATES) {
          throw words.wrong("more than 6 templates", "expected at most 6");
        }
      }
      case "limit" -> limits.limit();
      case "offload" -> throw words.unknown("no device of a lab can do it; leave offload out");
      default -> {
        return false;
      }
    }
    return true;
  }

  private void ptype() {
    words.next("ptype");
    type = words.choice("ptype", List.of(PolicyType.values()), PolicyType::label);
  }

  private void flags() {
    words.next("flag");
    PolicyFlag flag = flag(words.peek());
    if (flag == null) {
      throw words.unknown("expected localok or icmp");
    }
    while (flag != null) {
      flags.add(flag);
      words.next("a flag");
      flag = flag(words.peek());
    }
  }

  private static @Nullable PolicyFlag flag(String name) {
    return switch (name) {
      case "localok" -> PolicyFlag.LOCALOK;
      case "icmp" -> PolicyFlag.ICMP;
      default -> null;
    };
  }
}
