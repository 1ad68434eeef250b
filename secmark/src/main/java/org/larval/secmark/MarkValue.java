package org.larval.secmark;

/** Where the number of a {@code mark set} comes from. */
sealed interface MarkValue {
  /** Leaves the number in {@code packet.low}; false if the packet has none. */
  boolean load(PacketFields packet);

  /** Whether connections are asked. */
  boolean usesConntrack();

  /** Always the same. */
  record Constant(long value) implements MarkValue {
    @Override
    public boolean load(PacketFields packet) {
      packet.high = 0;
      packet.low = value;
      return true;
    }

    @Override
    public boolean usesConntrack() {
      return false;
    }
  }

  /** What a field has. */
  record Of(Field field) implements MarkValue {
    @Override
    public boolean load(PacketFields packet) {
      return packet.load(field);
    }

    @Override
    public boolean usesConntrack() {
      return field.usesConntrack();
    }
  }

  /** Some bits of a number kept, and some of those that remain turned over. */
  record Bits(MarkValue value, long and, long xor) implements MarkValue {
    @Override
    public boolean load(PacketFields packet) {
      if (!value.load(packet)) {
        return false;
      }
      packet.low = packet.low & and ^ xor;
      return true;
    }

    @Override
    public boolean usesConntrack() {
      return value.usesConntrack();
    }
  }

  /** What a map has for fields. */
  record Mapped(MapLookup lookup) implements MarkValue {
    @Override
    public boolean load(PacketFields packet) {
      if (!(lookup.datum(packet) instanceof Long value)) {
        return false;
      }
      packet.high = 0;
      packet.low = value;
      return true;
    }

    @Override
    public boolean usesConntrack() {
      return lookup.usesConntrack();
    }
  }
}
