package org.larval.secmark;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a map has for fields of a packet: {@code tcp dport map @m}. */
final class MapLookup {
  private final Field[] fields;
  private final ValueSet map;

  MapLookup(List<Field> fields, ValueSet map) {
    this.fields = fields.toArray(Field[]::new);
    this.map = map;
  }

  List<Field> fields() {
    return List.of(fields);
  }

  ValueSet map() {
    return map;
  }

  /** What stands in the map for a packet, or null. */
  @Nullable Object datum(PacketFields packet) {
    int place = map.place(packet, fields);
    return place < 0 ? null : map.datum(place);
  }

  boolean usesConntrack() {
    for (Field field : fields) {
      if (field.usesConntrack()) {
        return true;
      }
    }
    return false;
  }
}
