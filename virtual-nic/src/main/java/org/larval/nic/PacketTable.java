package org.larval.nic;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;

/** What both kinds of frame memory do with the packets they keep when a NIC ends. */
final class PacketTable {
  private PacketTable() {}

  @SuppressWarnings("ReferenceEquality") // a packet's identity is the object's
  static boolean contains(@Nullable Packet[] slots, Packet packet) {
    for (Packet slot : slots) {
      if (slot == packet) {
        return true;
      }
    }
    return false;
  }

  static int abandon(@Nullable Packet[] slots, Effects out, DropReason reason) {
    int dropped = 0;
    for (int i = 0; i < slots.length; i++) {
      Packet packet = slots[i];
      if (packet != null) {
        slots[i] = null;
        out.drop(packet, reason);
        dropped++;
      }
    }
    return dropped;
  }
}
