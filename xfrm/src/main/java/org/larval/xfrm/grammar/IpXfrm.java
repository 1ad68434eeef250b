package org.larval.xfrm.grammar;

import java.util.EnumSet;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines of {@code ip xfrm} as iproute2 takes them, such as
 *
 * <pre>
 * ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x1000 mode transport \
 *   aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128 replay-window 32
 * ip xfrm policy add src 10.0.0.1 dst 10.0.0.2 dir out tmpl proto esp mode transport
 * </pre>
 *
 * <p>The words {@code ip} and {@code xfrm} may be left out. Commands may be shortened as the tool
 * has it: {@code ip x s l} is {@code ip xfrm state list}.
 */
public final class IpXfrm {
  private static final List<String> OBJECTS = List.of("state", "sa", "policy", "monitor");
  private static final List<String> STATE_VERBS =
      List.of(
          "add",
          "update",
          "allocspi",
          "delete",
          "deleteall",
          "delall",
          "list",
          "show",
          "lst",
          "get",
          "flush",
          "count");
  private static final List<String> POLICY_VERBS =
      List.of(
          "add",
          "update",
          "delete",
          "deleteall",
          "delall",
          "list",
          "show",
          "lst",
          "get",
          "flush",
          "count",
          "set",
          "setdefault",
          "getdefault");

  private final Labels labels;
  private final Devices devices;

  /**
   * What the words before the command said, and what the words behind it need.
   *
   * @param family that of {@code -4} or {@code -6}: true for IPv6, null for neither
   */
  record Line(
      String namespace,
      @Nullable Boolean family,
      boolean statistics,
      Labels labels,
      Devices devices) {
    boolean v6() {
      return family != null && family;
    }
  }

  /**
   * A reader that knows no devices.
   *
   * @param sids the number of a security context; 0 or an IllegalArgumentException if there is none
   */
  public IpXfrm(ToIntFunction<String> sids) {
    this(sids, Devices.NONE);
  }

  /** A reader that knows the devices of a guest. */
  public IpXfrm(ToIntFunction<String> sids, Devices devices) {
    labels = new Labels(sids);
    this.devices = devices;
  }

  /**
   * Reads one line.
   *
   * @throws IpXfrmException with column and remedy if it cannot be followed
   */
  public IpXfrmCommand parse(String text) {
    Words words = new Words(text);
    Line line = options(words);
    return switch (words.verb(OBJECTS, "expected state, policy or monitor")) {
      case "policy" -> policy(words, line);
      case "monitor" -> monitor(words, line);
      default -> state(words, line);
    };
  }

  private Line options(Words words) {
    String namespace = "";
    Boolean family = null;
    boolean statistics = false;
    if (words.take("ip")) {
      while (words.peek().startsWith("-")) {
        switch (words.next("an option")) {
          case "-n", "-netns" -> namespace = words.next("the name of a namespace");
          case "-6" -> family = true;
          case "-4" -> family = false;
          case "-f", "-family" ->
              family =
                  words.choice("family", List.of("inet", "inet6"), name -> name).equals("inet6");
          case "-s", "-stats", "-statistics" -> statistics = true;
          // These change nothing in what ip xfrm prints.
          case "-d", "-details", "-N", "-Numeric" -> {}
          default -> throw words.wrong("unknown option", "expected -n NAME, -4, -6, -s or -d");
        }
      }
      words.verb(List.of("xfrm"), "expected xfrm");
    } else {
      words.take("xfrm");
    }
    return new Line(namespace, family, statistics, labels, devices);
  }

  private static IpXfrmCommand state(Words words, Line line) {
    StateQueryGrammar query = new StateQueryGrammar(words, line);
    if (words.done()) {
      return query.all(false);
    }
    String expected =
        "expected add, update, allocspi, delete, deleteall, list, get, flush or count";
    return switch (words.verb(STATE_VERBS, expected)) {
      case "add" -> new StateGrammar(words, line).add(false);
      case "update" -> new StateGrammar(words, line).add(true);
      case "allocspi" -> query.allocSpi();
      case "delete" -> query.delete();
      case "deleteall", "delall" -> query.all(true);
      case "get" -> query.get();
      case "flush" -> query.flush();
      case "count" -> query.count();
      default -> query.all(false);
    };
  }

  private static IpXfrmCommand policy(Words words, Line line) {
    PolicyGrammar grammar = new PolicyGrammar(words, line);
    if (words.done()) {
      return grammar.all(false);
    }
    PolicySettingsGrammar settings = new PolicySettingsGrammar(words, line);
    String expected =
        "expected add, update, delete, deleteall, list, get, flush, count, set, setdefault or"
            + " getdefault";
    return switch (words.verb(POLICY_VERBS, expected)) {
      case "add" -> grammar.add(false);
      case "update" -> grammar.add(true);
      case "delete" -> grammar.delete();
      case "deleteall", "delall" -> grammar.all(true);
      case "get" -> grammar.get();
      case "flush" -> grammar.flush();
      case "count" -> settings.count();
      case "set" -> settings.thresholds();
      case "setdefault" -> settings.setDefault();
      case "getdefault" -> settings.getDefault();
      default -> grammar.all(false);
    };
  }

  private static IpXfrmCommand monitor(Words words, Line line) {
    EnumSet<IpXfrmCommand.Group> groups = EnumSet.noneOf(IpXfrmCommand.Group.class);
    boolean nokeys = false;
    List<String> choices = List.of("all", "acquire", "expire", "SA", "aevent", "policy", "report");
    while (!words.done()) {
      if (words.take("nokeys")) {
        nokeys = true;
        continue;
      }
      String group =
          words.verb(choices, "expected nokeys, all, acquire, expire, SA, aevent, policy, report");
      for (IpXfrmCommand.Group choice : IpXfrmCommand.Group.values()) {
        if (group.equals("all") || group.equalsIgnoreCase(choice.name())) {
          groups.add(choice);
        }
      }
    }
    if (groups.isEmpty()) {
      groups = EnumSet.allOf(IpXfrmCommand.Group.class);
    }
    return new IpXfrmCommand.Monitor(line.namespace(), groups, nokeys, line.statistics());
  }
}
