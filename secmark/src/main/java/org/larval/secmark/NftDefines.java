package org.larval.secmark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts the values of {@code define}d names where {@code $name} stands. */
final class NftDefines {
  private static final int MAX_TOKENS = 4 << 20;

  private final String file;
  private final List<NftToken> in;
  private final List<NftToken> out = new ArrayList<>();
  private final Map<String, List<NftToken>> values = new HashMap<>();
  private int at;

  NftDefines(String file, List<NftToken> in) {
    this.file = file;
    this.in = in;
  }

  List<NftToken> expanded() {
    boolean start = true;
    while (at < in.size()) {
      NftToken token = in.get(at);
      if (start && (token.is("define") || token.is("redefine"))) {
        define(token);
      } else if (start && token.is("undefine")) {
        at++;
        NftToken name = in.get(at++);
        if (values.remove(name.text()) == null) {
          throw wrong(name, "no variable '" + name.text() + "' is defined", "define it first");
        }
      } else if (token.is("$")) {
        out.addAll(value());
      } else {
        out.add(token);
        at++;
      }
      if (out.size() > MAX_TOKENS) {
        throw wrong(token, "the variables make the text too long", "use sets");
      }
      start = token.endsStatement() || token.is("{");
    }
    return out;
  }

  private List<NftToken> value() {
    NftToken dollar = in.get(at++);
    NftToken name = in.get(at);
    List<NftToken> value = name.kind() == NftToken.Kind.WORD ? values.get(name.text()) : null;
    if (value == null) {
      throw wrong(name, "no variable " + name + " is defined", "define it before");
    }
    at++;
    List<NftToken> placed = new ArrayList<>();
    for (NftToken token : value) {
      placed.add(new NftToken(token.kind(), token.text(), dollar.line(), dollar.column()));
    }
    return placed;
  }

  private void define(NftToken keyword) {
    at++;
    NftToken name = in.get(at);
    if (name.kind() != NftToken.Kind.WORD) {
      throw wrong(name, name + " is no name for a variable", "write 'define name = value'");
    }
    at++;
    if (!in.get(at).is("=")) {
      throw wrong(in.get(at), in.get(at) + " does not belong here", "write 'define name = value'");
    }
    at++;
    if (values.containsKey(name.text()) && keyword.is("define")) {
      throw wrong(name, "variable " + name + " is defined twice", "write 'redefine'");
    }
    List<NftToken> value = new ArrayList<>();
    int depth = 0;
    while (depth > 0 || !in.get(at).endsStatement()) {
      NftToken token = in.get(at);
      if (token.kind() == NftToken.Kind.END_OF_FILE) {
        throw wrong(token, "the braces are not closed", "close them with '}'");
      }
      if (token.is("$")) {
        value.addAll(value());
        continue;
      }
      depth += token.is("{") ? 1 : token.is("}") ? -1 : 0;
      if (depth < 0) {
        break;
      }
      if (token.kind() != NftToken.Kind.END_OF_STATEMENT) {
        value.add(token);
      }
      at++;
      if (value.size() > MAX_TOKENS) {
        throw wrong(token, "the variables make the text too long", "use sets");
      }
    }
    if (value.isEmpty()) {
      throw wrong(name, "variable " + name + " gets no value", "write 'define name = value'");
    }
    values.put(name.text(), value);
  }

  private RuleException wrong(NftToken where, String what, String right) {
    return new RuleException(file, where.line(), where.column(), what, right);
  }
}
