package org.larval.guest;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.wire.IpAddress;

/** The neighbour table of a guest, bounded: an idle entry makes room for a new one. */
final class Neighbours {
  private record Key(int device, IpAddress address) {}

  private final GuestStack stack;
  private final Map<Key, Neighbour> table = new LinkedHashMap<>();
  private final int limit;

  Neighbours(GuestStack stack, int limit) {
    this.stack = stack;
    this.limit = limit;
  }

  @Nullable Neighbour find(NetDevice device, IpAddress address) {
    return table.get(new Key(device.index, address));
  }

  /** The entry of an address, made if need be; null if the table is full of pending ones. */
  @Nullable Neighbour get(NetDevice device, IpAddress address) {
    Key key = new Key(device.index, address);
    Neighbour known = table.get(key);
    if (known != null) {
      return known;
    }
    if (table.size() >= limit && !makeRoom()) {
      return null;
    }
    Neighbour made = new Neighbour(stack, device, address);
    table.put(key, made);
    return made;
  }

  private boolean makeRoom() {
    Iterator<Neighbour> oldest = table.values().iterator();
    while (oldest.hasNext()) {
      Neighbour neighbour = oldest.next();
      if (neighbour.idle()) {
        neighbour.forget();
        oldest.remove();
        return true;
      }
    }
    return false;
  }

  void close(Effects out) {
    for (Neighbour neighbour : table.values()) {
      neighbour.close(out);
    }
  }
}
