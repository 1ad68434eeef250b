package org.larval.secmark;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A table of nft: chains, sets, maps and objects by their names. */
final class NftTable {
  /**
   * A named set or map.
   *
   * @param key types of its elements
   * @param datum what a map gives; null for sets
   * @param intervals whether it takes ranges
   * @param autoMerge whether ranges that overlap become one
   */
  record Named(
      String name,
      List<DataType> key,
      @Nullable DataType datum,
      boolean intervals,
      boolean autoMerge,
      boolean constant,
      int size,
      ValueSet values) {}

  /** 4, 6, or 0 for both. */
  final int version;

  final String name;
  final Map<String, Chain> chains = new LinkedHashMap<>();
  final Map<String, Named> sets = new LinkedHashMap<>();
  final Map<String, SecmarkObject> secmarks = new LinkedHashMap<>();
  final Set<String> counters = new LinkedHashSet<>();
  boolean dormant;

  NftTable(int version, String name) {
    this.version = version;
    this.name = name;
  }

  String title() {
    return (version == 4 ? "ip " : version == 6 ? "ip6 " : "inet ") + name;
  }
}
