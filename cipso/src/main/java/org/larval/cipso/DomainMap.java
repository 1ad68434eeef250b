package org.larval.cipso;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;
import org.larval.wire.Prefix;

/**
 * What label goes on the wire, by the domain of a socket, the address family, and perhaps the
 * destination (netlabel_domainhash.c). A domain without an entry for the family has the default
 * entry's; without that it has no networking.
 */
public final class DomainMap {
  private static final int BUCKETS = 128;

  /** Which addresses an entry is for. */
  public enum Family {
    /** IPv4. */
    V4,
    /** IPv6. */
    V6,
    /** Both. */
    BOTH;

    boolean includes(boolean v6) {
      return this == BOTH || (this == V6) == v6;
    }

    boolean overlaps(Family other) {
      return this == BOTH || other == BOTH || this == other;
    }
  }

  /**
   * An entry.
   *
   * @param domain null for the default
   */
  public record Entry(@Nullable String domain, Family family, Mapping mapping) {}

  /** In the order of the kernel's listing: by bucket, then by age. */
  private final List<List<Entry>> buckets = new ArrayList<>();

  /** By domain, the entries for IPv4 and for IPv6. */
  private final Map<String, @Nullable Entry[]> byDomain = new HashMap<>();

  private final @Nullable Entry[] defaults = new @Nullable Entry[2];

  /** The map after boot: nobody's packets get a label. */
  public DomainMap() {
    for (int i = 0; i < BUCKETS; i++) {
      buckets.add(new ArrayList<>());
    }
    defaults[0] = new Entry(null, Family.V4, Mapping.UNLABELED);
    defaults[1] = new Entry(null, Family.V6, Mapping.UNLABELED);
  }

  /** netlbl_domhsh_hash. */
  private static int bucket(String domain) {
    int value = 0;
    for (int i = 0; i < domain.length(); i++) {
      value = (value << 4 | value >>> 28) ^ domain.charAt(i);
    }
    return value & BUCKETS - 1;
  }

  /** What is said about a domain's packets of a family; null if nothing is. */
  @Nullable Mapping find(String domain, boolean v6) {
    int slot = v6 ? 1 : 0;
    @Nullable Entry[] own = byDomain.get(domain);
    Entry entry = own == null ? null : own[slot];
    if (entry == null) {
      entry = defaults[slot];
    }
    return entry == null ? null : entry.mapping();
  }

  /** The same for one destination, through selectors; null if none fits. */
  @Nullable Mapping find(String domain, boolean v6, long high, long low) {
    Mapping mapping = find(domain, v6);
    if (!(mapping instanceof Mapping.Selectors selectors)) {
      return mapping;
    }
    List<Mapping.Selector> list = selectors.list();
    for (int i = 0; i < list.size(); i++) {
      Mapping.Selector selector = list.get(i);
      if (selector.prefix().contains(high, low)) {
        return selector.mapping();
      }
    }
    return null;
  }

  /**
   * Adds an entry, or a selector to those of an entry: EINVAL if family and mapping do not go
   * together or an entry is in the way, EEXIST if the very selector is.
   *
   * @param domain null for the default
   * @param address of the destination, or null for all
   */
  Errno add(@Nullable String domain, Family family, @Nullable Prefix address, Mapping mapping) {
    Family effective = family;
    Mapping wanted = mapping;
    if (mapping instanceof Mapping.Labeled labeled) {
      effective = labeled.v6() ? Family.V6 : Family.V4;
    }
    if (address != null) {
      boolean v6 = address.address().v6();
      if (!effective.includes(v6)) {
        return Errno.EINVAL;
      }
      effective = v6 ? Family.V6 : Family.V4;
      wanted = new Mapping.Selectors(List.of(new Mapping.Selector(address.network(), mapping)));
    }
    Entry old = search(domain, effective);
    if (old == null) {
      put(new Entry(domain, effective, wanted));
      return Errno.OK;
    }
    if (old.mapping() instanceof Mapping.Selectors there
        && wanted instanceof Mapping.Selectors more) {
      List<Mapping.Selector> merged = merge(there.list(), more.list().getFirst());
      if (merged == null) {
        return Errno.EEXIST;
      }
      replace(old, new Entry(domain, old.family(), new Mapping.Selectors(merged)));
      return Errno.OK;
    }
    return Errno.EINVAL;
  }

  private static @Nullable List<Mapping.Selector> merge(
      List<Mapping.Selector> there, Mapping.Selector added) {
    List<Mapping.Selector> merged = new ArrayList<>(there);
    int at = 0;
    for (int i = 0; i < there.size(); i++) {
      if (there.get(i).prefix().equals(added.prefix())) {
        return null;
      }
      at = there.get(i).prefix().length() >= added.prefix().length() ? i + 1 : at;
    }
    merged.add(at, added);
    return merged;
  }

  private @Nullable Entry search(@Nullable String domain, Family family) {
    @Nullable Entry[] slots = domain == null ? defaults : byDomain.get(domain);
    if (slots == null) {
      return null;
    }
    for (Entry entry : slots) {
      if (entry != null && entry.family().overlaps(family)) {
        return entry;
      }
    }
    return null;
  }

  private void put(Entry entry) {
    String domain = entry.domain();
    if (domain == null) {
      // The kernel keeps a default of each family, also for one that was given for both.
      for (Family family : List.of(Family.V4, Family.V6)) {
        if (entry.family().overlaps(family)) {
          defaults[family.ordinal()] = new Entry(null, family, entry.mapping());
        }
      }
      return;
    }
    buckets.get(bucket(domain)).add(entry);
    slots(entry, byDomain.computeIfAbsent(domain, key -> new @Nullable Entry[2]), null);
  }

  private static void slots(Entry entry, @Nullable Entry[] slots, @Nullable Entry instead) {
    for (int i = 0; i < 2; i++) {
      if (instead == null ? entry.family().includes(i == 1) : instead.equals(slots[i])) {
        slots[i] = entry;
      }
    }
  }

  private void replace(Entry old, Entry entry) {
    String domain = entry.domain();
    if (domain == null) {
      slots(entry, defaults, old);
      return;
    }
    buckets.get(bucket(domain)).replaceAll(other -> other.equals(old) ? entry : other);
    @Nullable Entry[] slots = byDomain.get(domain);
    if (slots != null) {
      slots(entry, slots, old);
    }
  }

  /** Takes a domain's entries away, or the defaults for null; ENOENT if there are none. */
  Errno remove(@Nullable String domain) {
    if (domain == null) {
      boolean any = defaults[0] != null || defaults[1] != null;
      defaults[0] = null;
      defaults[1] = null;
      return any ? Errno.OK : Errno.ENOENT;
    }
    if (byDomain.remove(domain) == null) {
      return Errno.ENOENT;
    }
    buckets.get(bucket(domain)).removeIf(entry -> domain.equals(entry.domain()));
    return Errno.OK;
  }

  /**
   * Takes away the entries of domains that name a DOI that goes. As in Linux selectors and defaults
   * keep it, and go on sending its labels.
   */
  void forget(boolean v6, int number) {
    for (List<Entry> bucket : buckets) {
      for (Entry entry : List.copyOf(bucket)) {
        String domain = entry.domain();
        if (domain != null
            && entry.mapping() instanceof Mapping.Labeled labeled
            && labeled.v6() == v6
            && labeled.number() == number) {
          bucket.remove(entry);
          @Nullable Entry[] slots = byDomain.get(domain);
          if (slots != null) {
            slots[v6 ? 1 : 0] = null;
            if (slots[v6 ? 0 : 1] == null) {
              byDomain.remove(domain);
            }
          }
        }
      }
    }
  }

  /** The entries of domains, in the kernel's order. */
  public List<Entry> entries() {
    return buckets.stream().flatMap(List::stream).toList();
  }

  /** The default of a family, or null. */
  public @Nullable Entry defaultEntry(boolean v6) {
    return defaults[v6 ? 1 : 0];
  }
}
