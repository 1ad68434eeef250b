package org.larval.xfrm.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Policy;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.Template;

/** The words after {@code ip xfrm policy}. One object reads one line. */
final class PolicyGrammar {
  private static final int MAX_TEMPLATES = 6;
  private static final String CLAUSES =
      "expected one of src, dst, proto, dir, ctx, mark, index, ptype, action, priority, if_id,"
          + " tmpl";

  private final Words words;
  private final String namespace;
  private final boolean v6;
  private final Labels labels;
  private final SelectorGrammar selector;
  private final LimitGrammar limits;

  private @Nullable Direction direction;
  private @Nullable SecurityLabel label;
  private Mark mark = Mark.NONE;
  private int index;
  private int indexColumn;
  private Policy.Action action = Policy.Action.ALLOW;
  private int priority;
  private int ifId;
  private final List<TemplateWords> templates = new ArrayList<>();

  /** A template before the selector's family is known. */
  private record TemplateWords(
      @Nullable IpAddress source,
      @Nullable IpAddress target,
      int spi,
      int protocol,
      int reqid,
      Mode mode,
      boolean optional,
      int column) {}

  /**
   * A reader.
   *
   * @param v6 the family where no address tells it ({@code ip -6})
   */
  PolicyGrammar(Words words, String namespace, boolean v6, Labels labels) {
    this.words = words;
    this.namespace = namespace;
    this.v6 = v6;
    this.labels = labels;
    selector = new SelectorGrammar(words);
    limits = new LimitGrammar(words);
  }

  IpXfrmCommand add(boolean update) {
    while (!words.done()) {
      if (!commonClause() && !addClause()) {
        throw words.unknown(CLAUSES);
      }
    }
    Selector flows = selector.selector(v6);
    Policy policy =
        new Policy(
            directionRequired(),
            flows,
            priority,
            index,
            action,
            mark,
            ifId,
            label,
            templates.stream().map(words -> template(words, flows.v6())).toList());
    return update
        ? new IpXfrmCommand.PolicyUpdate(namespace, policy, limits.lifetimes())
        : new IpXfrmCommand.PolicyAdd(namespace, policy, limits.lifetimes());
  }

  IpXfrmCommand delete() {
    while (!words.done()) {
      if (!commonClause()) {
        throw words.unknown("expected one of src, dst, proto, index, dir, ctx, mark, if_id");
      }
    }
    if (index != 0 && selector.given()) {
      throw new IpXfrmException(
          indexColumn, "an index beside a selector", "expected one of the two");
    }
    if (index == 0 && !selector.given()) {
      throw words.unknown("expected a selector (src, dst, proto) or index");
    }
    return new IpXfrmCommand.PolicyDelete(
        namespace,
        directionRequired(),
        index == 0 ? selector.selector(v6) : null,
        index,
        mark,
        ifId,
        label);
  }

  IpXfrmCommand flush() {
    ptype();
    words.expectEnd();
    return new IpXfrmCommand.PolicyFlush(namespace);
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

  private boolean commonClause() {
    if (selector.clause() || ptype()) {
      return true;
    }
    if (words.take("dir")) {
      direction = words.choice("dir", List.of(Direction.values()), Direction::label);
    } else if (words.take("ctx")) {
      label = labels.read(words);
    } else if (words.take("mark")) {
      Mark given = words.mark();
      mark = new Mark(given.value() & given.mask(), given.mask());
    } else if (words.take("index")) {
      index = words.u32("index");
      indexColumn = words.lastColumn();
    } else if (words.take("if_id")) {
      ifId = words.u32("if_id");
    } else {
      return false;
    }
    return true;
  }

  private boolean addClause() {
    if (words.take("action")) {
      action =
          words.choice(
              "action",
              List.of(Policy.Action.values()),
              choice -> choice.name().toLowerCase(Locale.ROOT));
    } else if (words.take("priority")) {
      priority = words.u32("priority");
    } else if (words.take("tmpl")) {
      templates.add(template());
      if (templates.size() > MAX_TEMPLATES) {
        throw words.wrong("more than 6 templates", "expected at most 6");
      }
    } else if (words.peek().equals("limit")) {
      limits.limit();
    } else if (words.peek().equals("flag")) {
      throw new IpXfrmException(
          words.column(), "flag of policies is not built yet", "leave flag out");
    } else {
      return false;
    }
    return true;
  }

  private boolean ptype() {
    if (!words.take("ptype")) {
      return false;
    }
    if (!words.take("main")) {
      throw words.unknown("expected main (sub-policies are not built yet)");
    }
    return true;
  }

  private TemplateWords template() {
    IpAddress source = null;
    IpAddress target = null;
    int spi = 0;
    int protocol = 0;
    int reqid = 0;
    Mode mode = Mode.TRANSPORT;
    boolean optional = false;
    int column = words.lastColumn();
    boolean more = true;
    while (more) {
      if (words.take("src")) {
        source = words.address("src");
      } else if (words.take("dst")) {
        target = words.address("dst");
      } else if (words.take("proto")) {
        protocol = words.xfrmProtocol();
      } else if (words.take("spi")) {
        spi = words.u32("the SPI");
      } else if (words.take("reqid")) {
        reqid = words.u32("reqid");
      } else if (words.take("mode")) {
        mode = words.choice("mode", List.of(Mode.TRANSPORT, Mode.TUNNEL), Mode::label);
      } else if (words.take("level")) {
        optional = words.choice("level", List.of("required", "use"), word -> word).equals("use");
      } else {
        more = false;
      }
    }
    if (protocol == 0) {
      throw words.unknown("a template needs proto esp, proto ah or proto comp");
    }
    return new TemplateWords(source, target, spi, protocol, reqid, mode, optional, column);
  }

  private Template template(TemplateWords read, boolean family) {
    IpAddress source = read.source;
    IpAddress target = read.target;
    boolean outer = target != null ? target.v6() : source != null ? source.v6() : family;
    IpAddress any = IpAddress.any(outer);
    if (source != null && source.v6() != outer) {
      throw new IpXfrmException(
          read.column, "src and dst of the template are of different families", "expected one");
    }
    if (outer != family && !read.mode.isTunnel()) {
      throw new IpXfrmException(
          read.column,
          "a transport template of another family than the selector",
          "expected mode tunnel, or addresses of the selector's family");
    }
    if (read.optional && read.mode.isTunnel() && direction == Direction.OUT) {
      throw new IpXfrmException(
          read.column,
          "an optional tunnel for outbound packets",
          "expected level required, or mode transport");
    }
    return new Template(
        source == null ? any : source,
        target == null ? any : target,
        read.spi,
        read.protocol,
        read.reqid,
        read.mode,
        read.optional);
  }
}
