package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what a set or map says of itself, in braces. */
final class NftSetBlock {
  private final NftCursor in;
  private final NftTable table;
  private final boolean map;
  private List<DataType> key = List.of();
  private @Nullable DataType datum;
  private boolean intervals;
  private boolean merge;
  private boolean constant;
  private int size;

  NftSetBlock(NftCursor in, NftTable table, boolean map) {
    this.in = in;
    this.table = table;
    this.map = map;
  }

  /** Reads the block; answers with the place of the elements' brace, or -1. */
  int read() {
    int elements = -1;
    in.expect("{", "write what it holds in braces");
    for (in.skipLineEnds(); !in.accept("}"); in.skipLineEnds()) {
      NftToken where = in.peek();
      switch (in.word("type, flags or elements")) {
        case "type" -> type();
        case "typeof" -> typeOf();
        case "flags" -> flags();
        case "auto-merge" -> merge = true;
        case "size" -> size = (int) number();
        case "comment" -> {
          in.text("the comment");
        }
        case "policy" -> {
          if (!in.accept("performance")) {
            in.expect("memory", "write performance or memory");
          }
        }
        case "counter" -> {}
        case "elements" -> {
          in.expect("=", "write 'elements = { ... }'");
          in.skipLineEnds();
          elements = in.place();
          if (!in.at("{")) {
            throw in.unexpected("write the elements in braces");
          }
          in.skipBlock();
        }
        case "timeout", "gc-interval" ->
            throw in.wrong(where, "elements that expire are not built", "leave the timeout out");
        default -> throw in.wrong(where, where + " does not belong in a set", "take it out");
      }
      if (!in.peek().endsStatement() && !in.at("}")) {
        throw in.unexpected("end the line");
      }
    }
    return elements;
  }

  NftTable.Named named(NftToken where, String name) {
    if (key.isEmpty()) {
      throw in.wrong(where, "the set has no type", "write 'type ipv4_addr' or the like");
    }
    return new NftTable.Named(
        name, key, datum, intervals, merge, constant, size, new ValueSet(key.size()));
  }

  private long number() {
    long value = in.atWord() ? Names.number(in.peek().text()) : -1;
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw in.unexpected("write a number");
    }
    in.take();
    return value;
  }

  private void type() {
    List<DataType> types = new ArrayList<>();
    do {
      types.add(oneType());
    } while (in.accept("."));
    key = List.copyOf(types);
    if (map) {
      in.expect(":", "write ':' and the type that it maps to");
      NftToken where = in.peek();
      datum = oneType();
      if (datum != DataType.SECMARK && datum != DataType.VERDICT && datum != DataType.MARK) {
        throw in.wrong(where, "maps to " + datum + " are not built", "map to secmark or verdict");
      }
    } else if (in.at(":")) {
      throw in.unexpected("write 'map' instead of 'set'");
    }
  }

  private DataType oneType() {
    NftToken where = in.peek();
    String name = in.word("a type such as ipv4_addr");
    DataType type = DataType.of(name);
    if (type == null || type == DataType.INTEGER) {
      throw in.wrong(
          where,
          "the type '" + name + "' is not built or does not exist",
          "use ipv4_addr, ipv6_addr, inet_service, inet_proto, mark or ifname");
    }
    return type;
  }

  private void typeOf() {
    NftSelector selector = new NftSelector(in, table.version);
    List<DataType> types = new ArrayList<>();
    for (Field field : selector.fields()) {
      types.add(field.type());
    }
    key = List.copyOf(types);
    if (map) {
      in.expect(":", "write ':' and what it maps to");
      if (in.accept("verdict")) {
        datum = DataType.VERDICT;
      } else {
        datum = new NftSelector(in, table.version).field().type();
      }
    }
  }

  private void flags() {
    do {
      NftToken where = in.peek();
      switch (in.word("constant or interval")) {
        case "constant" -> constant = true;
        case "interval" -> intervals = true;
        case "timeout", "dynamic" ->
            throw in.wrong(
                where, "sets that change by themselves are not built", "use a constant set");
        default -> throw in.wrong(where, "there is no flag " + where, "use constant or interval");
      }
    } while (in.accept(","));
  }
}
