package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the elements of sets and maps. */
final class NftSets {
  private final NftCursor in;
  private final RuleState state;
  private final NftValues values;

  NftSets(NftCursor in, RuleState state) {
    this.in = in;
    this.state = state;
    values = new NftValues(in, state.interfaces);
  }

  /** How elements of a set are read. */
  record Shape(
      List<DataType> key,
      boolean ranges,
      boolean merge,
      @Nullable Function<NftCursor, Object> datum) {}

  /** Reads braces full of elements; opening brace at hand. */
  void read(Shape shape, ValueSet into) {
    for (Entry entry : entries(shape)) {
      ValueSet.Element element = entry.element;
      if (shape.merge) {
        into.put(element);
        continue;
      }
      ValueSet.Element other = into.add(element);
      if (other != null) {
        throw in.wrong(
            entry.where,
            shape.datum == null
                ? "the element overlaps another one"
                : "the element is there already with another value",
            "take one of them out");
      }
    }
  }

  /** Reads braces full of elements and takes those away. */
  void remove(Shape shape, ValueSet from) {
    for (Entry entry : entries(shape)) {
      if (!from.remove(entry.element)) {
        throw in.wrong(entry.where, "the set has no such element", "name one that it has");
      }
    }
  }

  private record Entry(NftToken where, ValueSet.Element element) {}

  private List<Entry> entries(Shape shape) {
    List<Entry> entries = new ArrayList<>();
    in.expect("{", "write elements in braces");
    in.skipLineEnds();
    if (in.at("}")) {
      throw in.wrong("there is no element in the braces", "write at least one");
    }
    int depth = 1;
    while (depth > 0) {
      in.skipLineEnds();
      if (in.accept("{")) {
        depth++;
        continue;
      }
      if (!in.at("}")) {
        entries.add(entry(shape));
        in.skipLineEnds();
      }
      while (in.at("}") && depth > 0) {
        in.take();
        depth--;
        if (depth > 0) {
          in.skipLineEnds();
        }
      }
      if (depth > 0) {
        in.expect(",", "write ',' or '}' after an element");
        in.skipLineEnds();
      }
    }
    return entries;
  }

  private Entry entry(Shape shape) {
    NftToken where = in.peek();
    if (!state.countElement()) {
      throw in.wrong("there are too many elements", "use at most " + RuleState.MAX_ELEMENTS);
    }
    List<Ranges.Range> key = new ArrayList<>();
    for (int i = 0; i < shape.key.size(); i++) {
      if (i > 0) {
        in.expect(".", "write " + shape.key.size() + " values joined by ' . '");
      }
      NftToken at = in.peek();
      Ranges.Range range = values.range(shape.key.get(i), 0);
      if (!shape.ranges && !range.single()) {
        throw in.wrong(at, "the set does not take ranges", "add 'flags interval' to the set");
      }
      key.add(range);
    }
    options();
    Object datum = null;
    if (shape.datum != null) {
      in.skipLineEnds();
      in.expect(":", "write ':' and the value");
      in.skipLineEnds();
      datum = shape.datum.apply(in);
    } else if (in.at(":")) {
      throw in.unexpected("end the element: a set has no values");
    }
    return new Entry(where, new ValueSet.Element(List.copyOf(key), datum));
  }

  private void options() {
    while (true) {
      if (in.accept("comment")) {
        in.text("the comment");
      } else if (in.at("timeout") || in.at("expires")) {
        throw in.wrong("elements that expire are not built", "leave the timeout out");
      } else if (in.accept("counter")) {
        if (in.accept("packets")) {
          in.take();
          in.expect("bytes", "write 'bytes' and a number");
          in.take();
        }
      } else {
        return;
      }
    }
  }
}
