package org.larval.nic;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;

/**
 * Frames within one process: a descriptor's address is the number of a slot in a table of packets,
 * and the packet itself crosses, with flow, labels and trail. No byte is copied.
 */
final class LocalFrames implements FrameMemory {
  private final @Nullable Packet[] slots;
  private final int bufferSize;

  LocalFrames(int size, int bufferSize) {
    this.slots = new @Nullable Packet[size];
    this.bufferSize = bufferSize;
  }

  @Override
  public int bufferSize() {
    return bufferSize;
  }

  @Override
  public long address(int descriptor) {
    return descriptor;
  }

  @Override
  public long find(long address, int length) {
    boolean here = address >= 0 && address < slots.length && length >= 0 && length <= bufferSize;
    return here ? address : -1;
  }

  @Override
  public int bringNear(long place, int length, boolean toWrite) {
    return 0; // packets cross by reference
  }

  @Override
  public boolean mayVanish() {
    return false;
  }

  @Override
  public boolean keepsPackets() {
    return true;
  }

  @Override
  public void put(int descriptor, Packet packet) {
    slots[descriptor] = packet;
  }

  @Override
  public @Nullable Packet claim(long now, Chain chain) {
    return forget((int) chain.place(0));
  }

  @Override
  public void load(Chain chain, Packet packet) {}

  @Override
  public boolean fill(Chain chain, Packet packet) {
    int slot = (int) chain.place(0);
    if (slots[slot] != null) {
      return false;
    }
    slots[slot] = packet;
    return true;
  }

  @Override
  public @Nullable Packet claim(long now, int descriptor, int length) {
    return forget(descriptor);
  }

  @Override
  public void load(int descriptor, int length, Packet packet) {}

  @Override
  public @Nullable Packet forget(int descriptor) {
    Packet packet = slots[descriptor];
    slots[descriptor] = null;
    return packet;
  }

  @Override
  public boolean contains(Packet packet) {
    return PacketTable.contains(slots, packet);
  }

  @Override
  public int abandon(Effects out, DropReason reason) {
    return PacketTable.abandon(slots, out, reason);
  }
}
