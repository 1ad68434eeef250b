package org.larval.xfrm.grammar;

import java.util.function.ToIntFunction;

/**
 * Reads lines of {@code ip xfrm} as iproute2 takes them, such as
 *
 * <pre>
 * ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x1000 mode transport \
 *   aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128 replay-window 32
 * ip xfrm policy add src 10.0.0.1 dst 10.0.0.2 dir out tmpl proto esp mode transport
 * </pre>
 *
 * <p>The words {@code ip} and {@code xfrm} may be left out.
 */
public final class IpXfrm {
  private final Labels labels;

  /**
   * A reader.
   *
   * @param sids the number of a security context; 0 or an IllegalArgumentException if there is none
   */
  public IpXfrm(ToIntFunction<String> sids) {
    labels = new Labels(sids);
  }

  /**
   * Reads one line.
   *
   * @throws IpXfrmException with column and remedy if it cannot be followed
   */
  public IpXfrmCommand parse(String line) {
    Words words = new Words(line);
    String namespace = "";
    boolean v6 = false;
    if (words.take("ip")) {
      while (words.peek().startsWith("-")) {
        switch (words.next("an option")) {
          case "-n", "-netns" -> namespace = words.next("the name of a namespace");
          case "-6" -> v6 = true;
          case "-4" -> v6 = false;
          default -> throw words.wrong("unknown option", "expected -n NAME, -4 or -6");
        }
      }
      if (!words.take("xfrm") && !words.take("x")) {
        throw words.unknown("expected xfrm");
      }
    } else {
      boolean taken = words.take("xfrm");
      if (taken && words.done()) {
        throw words.unknown("expected state or policy");
      }
    }
    if (words.take("state") || words.take("sa")) {
      return state(words, namespace);
    }
    if (words.take("policy")) {
      return policy(words, namespace, v6);
    }
    throw words.unknown("expected state or policy");
  }

  private IpXfrmCommand state(Words words, String namespace) {
    StateGrammar grammar = new StateGrammar(words, namespace, labels);
    return switch (verb(words)) {
      case "add" -> grammar.add(false);
      case "update" -> grammar.add(true);
      case "delete" -> grammar.delete();
      case "flush" -> grammar.flush();
      default -> {
        words.expectEnd();
        yield new IpXfrmCommand.StateList(namespace);
      }
    };
  }

  private IpXfrmCommand policy(Words words, String namespace, boolean v6) {
    PolicyGrammar grammar = new PolicyGrammar(words, namespace, v6, labels);
    return switch (verb(words)) {
      case "add" -> grammar.add(false);
      case "update" -> grammar.add(true);
      case "delete" -> grammar.delete();
      case "flush" -> grammar.flush();
      default -> {
        words.expectEnd();
        yield new IpXfrmCommand.PolicyList(namespace);
      }
    };
  }

  private static String verb(Words words) {
    String expected = "expected add, update, delete, flush or list";
    String verb = words.peek();
    return switch (verb) {
      case "add", "update", "delete", "flush" -> words.next(expected);
      case "del" -> {
        words.next(expected);
        yield "delete";
      }
      case "list", "show", "ls" -> words.next(expected);
      case "" -> "list";
      default -> throw words.unknown(expected);
    };
  }
}
