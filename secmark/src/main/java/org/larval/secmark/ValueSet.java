package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The elements of a set or map: ranges of one field, or of several fields together, each with a
 * datum in maps. Sets of several fields are searched in order.
 */
final class ValueSet {
  /** One element: a range for each field. */
  record Element(List<Ranges.Range> key, @Nullable Object datum) {}

  private final int width;
  private final List<Element> elements = new ArrayList<>();
  private final Ranges ranges = new Ranges();

  /** A set whose elements have a value for each of {@code width} fields. */
  ValueSet(int width) {
    this.width = width;
  }

  int width() {
    return width;
  }

  List<Element> elements() {
    return elements;
  }

  /** Adds an element; null if that is fine, else an element that it is in conflict with. */
  @Nullable Element add(Element element) {
    for (Element other : conflictCandidates(element)) {
      if (meets(other, element)) {
        if (other.key.equals(element.key) && Objects.equals(other.datum, element.datum)
            || sameKey(other, element) && Objects.equals(other.datum, element.datum)) {
          return null;
        }
        return other;
      }
    }
    put(element);
    return null;
  }

  private List<Element> conflictCandidates(Element element) {
    if (width == 1 && element.key.getFirst().single()) {
      Ranges.Range key = element.key.getFirst();
      int place = ranges.place(key.firstHigh(), key.firstLow());
      return place < 0 ? List.of() : List.of(elements.get(place));
    }
    return elements;
  }

  private static boolean sameKey(Element one, Element other) {
    for (int i = 0; i < one.key.size(); i++) {
      Ranges.Range a = one.key.get(i);
      Ranges.Range b = other.key.get(i);
      if (a.firstHigh() != b.firstHigh()
          || a.firstLow() != b.firstLow()
          || a.lastHigh() != b.lastHigh()
          || a.lastLow() != b.lastLow()) {
        return false;
      }
    }
    return true;
  }

  private static boolean meets(Element one, Element other) {
    for (int i = 0; i < one.key.size(); i++) {
      if (!one.key.get(i).meets(other.key.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Adds an element without asking whether it overlaps others. */
  void put(Element element) {
    Ranges.Range first = element.key.getFirst();
    ranges.add(
        new Ranges.Range(
            first.firstHigh(),
            first.firstLow(),
            first.lastHigh(),
            first.lastLow(),
            elements.size()));
    elements.add(element);
  }

  /** Takes an element away; false if it is not there. */
  boolean remove(Element element) {
    if (!elements.removeIf(other -> sameKey(other, element))) {
      return false;
    }
    List<Element> left = List.copyOf(elements);
    clear();
    left.forEach(this::put);
    return true;
  }

  void clear() {
    elements.clear();
    ranges.clear();
  }

  /** The ranges of the only field. */
  Ranges ranges() {
    return ranges;
  }

  /** The place of the element that holds what the packet has in the fields, or -1. */
  int place(PacketFields packet, Field[] fields) {
    if (width == 1) {
      return packet.load(fields[0]) ? ranges.place(packet.high, packet.low) : -1;
    }
    for (Field field : fields) {
      if (!packet.load(field)) {
        return -1;
      }
    }
    for (int i = 0; i < elements.size(); i++) {
      if (holds(elements.get(i), packet, fields)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean holds(Element element, PacketFields packet, Field[] fields) {
    for (int i = 0; i < fields.length; i++) {
      packet.load(fields[i]);
      if (!element.key.get(i).contains(packet.high, packet.low)) {
        return false;
      }
    }
    return true;
  }

  /** The datum of the element at a place. */
  @Nullable Object datum(int place) {
    return elements.get(place).datum;
  }
}
