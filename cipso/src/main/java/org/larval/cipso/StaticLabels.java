package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;
import org.larval.wire.Prefix;

/**
 * Labels for packets that carry none, by the device that they come in by and their source
 * (netlabel_unlabeled.c). A device that has a table does not fall back to the default one.
 */
public final class StaticLabels {
  /**
   * One label.
   *
   * @param device null for the default table
   * @param sources whose packets get it
   */
  public record Entry(@Nullable String device, Prefix sources, int sid) {}

  private final List<String> order = new ArrayList<>();
  private final Map<String, List<Entry>> byDevice = new HashMap<>();
  private final List<Entry> defaults = new ArrayList<>();

  /** None. */
  public StaticLabels() {}

  /** Adds a label; EEXIST if the very prefix has one in that table. */
  Errno add(@Nullable String device, Prefix sources, int sid) {
    Prefix network = sources.network();
    List<Entry> table = device == null ? defaults : table(device);
    int at = 0;
    for (int i = 0; i < table.size(); i++) {
      Prefix there = table.get(i).sources();
      if (there.equals(network)) {
        return Errno.EEXIST;
      }
      if (before(there, network)) {
        at = i + 1;
      }
    }
    table.add(at, new Entry(device, network, sid));
    return Errno.OK;
  }

  /** IPv4 first, then longest first, then oldest first. */
  private static boolean before(Prefix there, Prefix added) {
    boolean v6 = there.address().v6();
    return v6 == added.address().v6() ? there.length() >= added.length() : !v6;
  }

  private List<Entry> table(String device) {
    return byDevice.computeIfAbsent(
        device,
        name -> {
          order.add(name);
          return new ArrayList<>();
        });
  }

  /** Takes a label away; ENOENT if there is none. */
  Errno remove(@Nullable String device, Prefix sources) {
    List<Entry> table = device == null ? defaults : byDevice.get(device);
    Prefix network = sources.network();
    if (table == null || !table.removeIf(entry -> entry.sources().equals(network))) {
      return Errno.ENOENT;
    }
    if (device != null && table.isEmpty()) {
      byDevice.remove(device);
      order.remove(device);
    }
    return Errno.OK;
  }

  /** The SID of a packet's source, or 0. */
  int find(@Nullable String device, ByteBuf data, int ip, boolean v6) {
    List<Entry> table = device == null ? null : byDevice.get(device);
    if (table == null) {
      table = defaults;
    }
    if (table.isEmpty()) {
      return 0;
    }
    long high = v6 ? data.getLong(ip + 8) : 0;
    long low = v6 ? data.getLong(ip + 16) : data.getUnsignedInt(ip + 12);
    for (int i = 0; i < table.size(); i++) {
      Prefix sources = table.get(i).sources();
      if (sources.address().v6() == v6 && sources.contains(high, low)) {
        return table.get(i).sid();
      }
    }
    return 0;
  }

  /** Whether there is none. */
  boolean isEmpty() {
    return defaults.isEmpty() && byDevice.isEmpty();
  }

  /** All: devices in the order of their coming, the default table last. */
  public List<Entry> entries() {
    List<Entry> all = new ArrayList<>();
    for (String device : order) {
      all.addAll(table(device));
    }
    all.addAll(defaults);
    return all;
  }
}
