package org.larval.cipso.grammar;

import org.jspecify.annotations.Nullable;
import org.larval.cipso.DomainMap;
import org.larval.wire.Prefix;

/**
 * Reads lines of netlabelctl 0.30, with or without that word in front. What the tool refuses is
 * refused here; so is what it takes for something else than was written: numbers that are none,
 * words that it passes over.
 *
 * <p>Words may come in any order, and as in the tool the last of a kind counts. {@code default}
 * wins over a domain or device.
 */
public final class Netlabelctl {
  private Netlabelctl() {}

  /**
   * A line.
   *
   * @param pretty whether {@code -p} stands in it
   */
  public record Line(boolean pretty, NetlabelCommand command) {}

  /**
   * Reads a line.
   *
   * @throws NetlabelException if it cannot be followed
   */
  public static Line parse(String line) {
    LineWords words = new LineWords(line);
    if (words.peek().equals("netlabelctl") || words.peek().endsWith("/netlabelctl")) {
      words.remove();
    }
    boolean pretty = flags(words);
    String module = words.peek();
    NetlabelCommand command =
        switch (module) {
          case "mgmt" -> management(words);
          case "map" -> map(words);
          case "unlbl" -> unlabeled(words);
          case "cipso", "cipsov4" -> cipso(words);
          case "calipso" -> calipso(words);
          default ->
              throw words.unexpected(
                  module.isEmpty() ? "the module is missing" : "unknown module '" + module + "'",
                  "expected mgmt, map, unlbl, cipso or calipso");
        };
    return new Line(pretty, command);
  }

  /** Takes the flags, which may stand anywhere; whether they ask for pretty output. */
  private static boolean flags(LineWords words) {
    boolean pretty = false;
    while (words.seek(word -> word.length() > 1 && word.startsWith("-"))) {
      pretty |= flag(words);
    }
    return pretty;
  }

  /** One word of flags; whether it asks for pretty output. */
  private static boolean flag(LineWords words) {
    String word = words.remove();
    for (int i = 1; i < word.length(); i++) {
      switch (word.charAt(i)) {
        case 'p', 'v' -> {}
        case 't' -> {
          String rest = word.substring(i + 1);
          String seconds = rest.isEmpty() ? words.remove() : rest;
          if (seconds.isEmpty()) {
            throw words.missing("the timeout", "expected -t and seconds");
          }
          words.number(seconds, 0, Integer.MAX_VALUE, "a timeout in seconds");
          return word.substring(0, i).indexOf('p') >= 0;
        }
        default ->
            throw words.wrong(
                i, "'-" + word.charAt(i) + "' says nothing in a line", "expected -p, -v or -t");
      }
    }
    return word.indexOf('p') >= 0;
  }

  private static String verb(LineWords words, String... verbs) {
    words.take();
    String verb = words.peek();
    for (String known : verbs) {
      if (verb.equals(known)) {
        words.take();
        return verb;
      }
    }
    throw words.unexpected(
        verb.isEmpty() ? "the command is missing" : "unknown command '" + verb + "'",
        "expected " + String.join(", ", verbs));
  }

  private static void end(LineWords words) {
    if (words.hasNext()) {
      throw words.unexpected("'" + words.peek() + "' is one word too many", "take it away");
    }
  }

  private static NetlabelCommand management(LineWords words) {
    String verb = verb(words, "version", "protocols");
    end(words);
    return verb.equals("version") ? new NetlabelCommand.Version() : new NetlabelCommand.Protocols();
  }

  private static NetlabelCommand map(LineWords words) {
    String verb = verb(words, "add", "del", "list");
    if (verb.equals("list")) {
      end(words);
      return new NetlabelCommand.MapList();
    }
    boolean adds = verb.equals("add");
    boolean byDefault = false;
    String domain = null;
    Prefix address = null;
    NetlabelCommand.Protocol protocol = null;
    while (words.hasNext()) {
      String value;
      if ((value = words.value("domain:")) != null) {
        domain = name(words, value, "domain:".length(), "domain");
      } else if (adds && (value = words.value("address:")) != null) {
        address = words.prefix(value, "address:".length());
      } else if (adds && (value = words.value("protocol:")) != null) {
        protocol = protocol(words, value);
      } else if (words.peek().equals("default")) {
        words.take();
        byDefault = true;
      } else {
        throw words.unexpected(
            "unknown word '" + words.peek() + "'",
            adds
                ? "expected default, domain:NAME, address:ADDRESS or protocol:PROTOCOL"
                : "expected default or domain:NAME");
      }
    }
    if (!byDefault && domain == null) {
      throw words.missing("the domain", "add default or domain:NAME");
    }
    String whose = byDefault ? null : domain;
    if (!adds) {
      return new NetlabelCommand.MapDel(whose);
    }
    if (protocol == null) {
      throw words.missing(
          "the protocol", "add protocol:cipso,DOI, protocol:calipso,DOI or protocol:unlbl");
    }
    if (address != null && !goesWith(protocol, address)) {
      throw words.missing(
          "an address of the family that protocol:" + protocol + " is for",
          "cipso is for IPv4, calipso for IPv6");
    }
    return new NetlabelCommand.MapAdd(whose, address, protocol);
  }

  private static boolean goesWith(NetlabelCommand.Protocol protocol, Prefix address) {
    boolean v6 = address.address().v6();
    return switch (protocol) {
      case NetlabelCommand.Cipso _ -> !v6;
      case NetlabelCommand.Calipso _ -> v6;
      case NetlabelCommand.Unlabeled u ->
          u.family() == DomainMap.Family.BOTH || u.family() == DomainMap.Family.V6 == v6;
    };
  }

  private static String name(LineWords words, String name, int offset, String what) {
    if (name.isEmpty()) {
      throw words.wrong(offset, "the " + what + " has no name", "write it after the colon");
    }
    return name;
  }

  private static NetlabelCommand.Protocol protocol(LineWords words, String text) {
    int comma = text.indexOf(',');
    String name = comma < 0 ? text : text.substring(0, comma);
    String extra = comma < 0 ? null : text.substring(comma + 1);
    int offset = "protocol:".length();
    int extraOffset = offset + comma + 1;
    return switch (name) {
      case "cipso", "cipsov4" -> new NetlabelCommand.Cipso(doi(words, text, extra, extraOffset));
      case "calipso" -> new NetlabelCommand.Calipso(doi(words, text, extra, extraOffset));
      case "unlbl" ->
          new NetlabelCommand.Unlabeled(
              switch (extra) {
                case null -> DomainMap.Family.BOTH;
                case "4" -> DomainMap.Family.V4;
                case "6" -> DomainMap.Family.V6;
                default ->
                    throw words.wrong(
                        extraOffset, "'" + extra + "' is not an address family", "expected 4 or 6");
              });
      default ->
          throw words.wrong(
              offset, "unknown protocol '" + name + "'", "expected cipso, calipso or unlbl");
    };
  }

  private static int doi(LineWords words, String text, @Nullable String extra, int offset) {
    if (extra == null) {
      throw words.wrong(
          "protocol:".length() + text.length(),
          "the DOI is missing",
          "write protocol:" + text + ",DOI");
    }
    return words.doi(extra, offset);
  }

  private static NetlabelCommand unlabeled(LineWords words) {
    String verb = verb(words, "accept", "add", "del", "list");
    return switch (verb) {
      case "accept" -> accept(words);
      case "list" -> {
        end(words);
        yield new NetlabelCommand.StaticList();
      }
      default -> staticLabel(words, verb.equals("add"));
    };
  }

  private static NetlabelCommand accept(LineWords words) {
    String word = words.peek();
    boolean on = word.equalsIgnoreCase("on") || word.equals("1");
    if (!on && !word.equalsIgnoreCase("off") && !word.equals("0")) {
      throw words.unexpected(
          word.isEmpty() ? "on or off is missing" : "'" + word + "' is neither on nor off",
          "expected on or off");
    }
    words.take();
    end(words);
    return new NetlabelCommand.Accept(on);
  }

  private static NetlabelCommand staticLabel(LineWords words, boolean adds) {
    boolean byDefault = false;
    String device = null;
    String label = null;
    Prefix address = null;
    while (words.hasNext()) {
      String value;
      if ((value = words.value("interface:")) != null) {
        device = name(words, value, "interface:".length(), "interface");
      } else if ((value = words.value("address:")) != null) {
        address = words.prefix(value, "address:".length());
      } else if ((value = words.value("label:")) != null) {
        label = name(words, value, "label:".length(), "label");
      } else if (words.peek().equals("default")) {
        words.take();
        byDefault = true;
      } else {
        throw words.unexpected(
            "unknown word '" + words.peek() + "'",
            "expected default, interface:NAME, address:ADDRESS or label:CONTEXT");
      }
    }
    if (!byDefault && device == null) {
      throw words.missing("the interface", "add default or interface:NAME");
    }
    if (address == null) {
      throw words.missing("the address", "add address:ADDRESS");
    }
    String where = byDefault ? null : device;
    if (!adds) {
      return new NetlabelCommand.StaticDel(where, address);
    }
    if (label == null) {
      throw words.missing("the label", "add label:CONTEXT");
    }
    return new NetlabelCommand.StaticAdd(where, address, label);
  }

  private static NetlabelCommand cipso(LineWords words) {
    String verb = verb(words, "add", "del", "list");
    return switch (verb) {
      case "del" -> new NetlabelCommand.CipsoDel(required(words, onlyDoi(words)));
      case "list" -> new NetlabelCommand.CipsoList(onlyDoi(words));
      default -> new NetlabelCommand.CipsoAdd(new DoiWords(words).read());
    };
  }

  private static NetlabelCommand calipso(LineWords words) {
    String verb = verb(words, "add", "del", "list");
    if (verb.equals("list")) {
      return new NetlabelCommand.CalipsoList(onlyDoi(words));
    }
    if (verb.equals("del")) {
      return new NetlabelCommand.CalipsoDel(required(words, onlyDoi(words)));
    }
    Integer doi = null;
    boolean pass = false;
    while (words.hasNext()) {
      String value = words.value("doi:");
      if (value != null) {
        doi = words.doi(value, "doi:".length());
      } else if (words.peek().equals("pass")) {
        words.take();
        pass = true;
      } else {
        throw words.unexpected("unknown word '" + words.peek() + "'", "expected pass or doi:DOI");
      }
    }
    if (!pass) {
      throw words.missing("the mapping", "add pass, the only one there is");
    }
    return new NetlabelCommand.CalipsoAdd(required(words, doi));
  }

  static int required(LineWords words, @Nullable Integer doi) {
    if (doi == null) {
      throw words.missing("the DOI", "add doi:DOI");
    }
    return doi;
  }

  private static @Nullable Integer onlyDoi(LineWords words) {
    Integer doi = null;
    while (words.hasNext()) {
      String value = words.value("doi:");
      if (value == null) {
        throw words.unexpected("unknown word '" + words.peek() + "'", "expected doi:DOI");
      }
      doi = words.doi(value, "doi:".length());
    }
    return doi;
  }
}
