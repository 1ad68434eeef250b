package org.larval.labels.source;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.larval.labels.MlsRange;

/** What a policy in the making gives new objects besides the rules of types. */
final class TransitionSheet {
  /** A new range for new objects. */
  record RangeKey(int source, int target, int securityClass) {}

  /** An object of a name, such as a file in a directory. */
  record NameKey(String name, int target, int securityClass) {}

  final Map<RangeKey, MlsRange> ranges = new LinkedHashMap<>();

  /** Role, type of the target, new role and class of each. */
  final List<int[]> roleTransitions = new ArrayList<>();

  /** Role before and after of each. */
  final List<int[]> roleAllows = new ArrayList<>();

  /** The sources of each new type. */
  final Map<NameKey, Map<Integer, BitSet>> names = new LinkedHashMap<>();

  /** Adds a new range; false if another rule says otherwise. */
  boolean range(RangeKey key, MlsRange range) {
    MlsRange other = ranges.putIfAbsent(key, range);
    return other == null || other.equals(range);
  }

  /** Adds a new type for objects of a name; false if another rule says otherwise. */
  boolean name(NameKey key, int source, int type) {
    Map<Integer, BitSet> known = names.computeIfAbsent(key, none -> new TreeMap<>());
    for (Map.Entry<Integer, BitSet> entry : known.entrySet()) {
      if (entry.getKey() != type && entry.getValue().get(source)) {
        return false;
      }
    }
    known.computeIfAbsent(type, none -> new BitSet()).set(source);
    return true;
  }
}
