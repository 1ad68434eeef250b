package org.larval.lab.show;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Transform;
import org.larval.pcap.EspKeyTable;
import org.larval.wire.IpAddress;

/** Keys of ESP that are no {@code ip xfrm} lines: Wireshark's table, and key files of IKE. */
final class EspKeys {
  private static final long LOW = 0xffff_ffffL;
  private static final int HEADER = 8;

  /**
   * What came of a packet.
   *
   * @param line of the table, null if the key is of a key file
   * @param words about the algorithms
   * @param nextHeader of what is inside
   * @param verified whether a check value was right; some tables ask not to look
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, compared by nobody
  record Opened(
      @Nullable Integer line,
      String words,
      long sequence,
      byte[] inner,
      int nextHeader,
      boolean verified) {}

  /** One SA and how far its numbers are. */
  private static final class Sa {
    private final @Nullable Integer line;
    private final PacketCipher cipher;
    private final boolean extended;
    private long top;

    private Sa(@Nullable Integer line, PacketCipher cipher, boolean extended, long top) {
      this.line = line;
      this.cipher = cipher;
      this.extended = extended;
      this.top = top;
    }
  }

  private final List<EspKeyTable.Entry> table;
  private final List<IkeKeyFile.ChildSet> sets;
  private final IkeHistory history;
  private final Map<EspKeyTable.Entry, Sa> tableSas = new LinkedHashMap<>();
  private final Map<Integer, List<Sa>> sas = new LinkedHashMap<>();

  /**
   * With keys.
   *
   * @param history tells the algorithms of a set that does not name its own
   */
  EspKeys(List<EspKeyTable.Entry> table, List<IkeKeyFile.ChildSet> sets, IkeHistory history) {
    this.table = table;
    this.sets = sets;
    this.history = history;
  }

  private List<Sa> sas(int spi) {
    List<Sa> known = sas.get(spi);
    if (known != null) {
      return known;
    }
    List<Sa> made = new ArrayList<>();
    for (IkeKeyFile.ChildSet set : sets) {
      if (set.spis().contains(spi)) {
        // where nobody said whose keys these packets have, both are tried
        String direction = set.directions().getOrDefault(spi, "");
        boolean said = direction.equals("i") || direction.equals("r");
        for (String one : said ? List.of(direction) : List.of("i", "r")) {
          add(spi, set, one, made);
        }
      }
    }
    if (!made.isEmpty()) {
      sas.put(spi, made);
    }
    return made;
  }

  private void add(int spi, IkeKeyFile.ChildSet set, String direction, List<Sa> made) {
    byte[] key = set.key("enc_" + direction).toArray();
    byte[] check = set.key("int_" + direction).toArray();
    Proposal agreed = history.agreed(spi);
    CipherSpec spec = CipherSpec.named(set.proposal());
    if (spec == null && agreed != null) {
      spec = CipherSpec.of(agreed);
    }
    boolean extended =
        set.proposal().isEmpty() && agreed != null
            ? agreed.transforms().contains(new Transform(Transform.SN, 1))
            : ("/" + set.proposal() + "/").contains("/EXT_SEQ/");
    if (spec == null || key.length == 0 && check.length == 0) {
      return;
    }
    try {
      made.add(new Sa(null, new PacketCipher(spec, key, check), extended, 0));
    } catch (IllegalArgumentException tooShort) {
      // as if there were none: then its packets do not open
    }
  }

  /** Whether there is a key for a packet. */
  boolean has(IpAddress source, IpAddress target, int spi) {
    return sets.stream().anyMatch(one -> one.spis().contains(spi))
        || table.stream().anyMatch(one -> one.fits(source, target, spi));
  }

  /**
   * Opens a packet.
   *
   * @param esp from the ESP header to the end of the check value
   * @return null if no key opens it
   */
  @Nullable Opened open(IpAddress source, IpAddress target, byte[] esp) {
    ByteBuffer data = ByteBuffer.wrap(esp);
    int spi = data.getInt(0);
    long low = data.getInt(4) & LOW;
    for (EspKeyTable.Entry entry : table) {
      if (entry.fits(source, target, spi)) {
        Sa sa = ofTable(entry);
        Opened opened = sa == null ? null : open(sa, esp, low);
        if (opened != null) {
          return opened;
        }
      }
    }
    for (Sa sa : sas(spi)) {
      Opened opened = open(sa, esp, low);
      if (opened != null) {
        return opened;
      }
    }
    return null;
  }

  private @Nullable Sa ofTable(EspKeyTable.Entry entry) {
    Sa known = tableSas.get(entry);
    if (known == null) {
      CipherSpec spec = CipherSpec.of(entry.encryption(), entry.authentication());
      try {
        PacketCipher cipher = new PacketCipher(spec, entry.key(), entry.authenticationKey());
        known = new Sa(entry.line(), cipher, entry.extended(), (long) entry.high() << 32);
        tableSas.put(entry, known);
      } catch (IllegalArgumentException tooShort) {
        return null;
      }
    }
    return known;
  }

  private static @Nullable Opened open(Sa sa, byte[] esp, long low) {
    for (long sequence : sa.extended ? guesses(sa.top, low) : Set.of(low)) {
      byte[] high = ByteBuffer.allocate(4).putInt((int) (sequence >>> 32)).array();
      byte[] number = ByteBuffer.allocate(8).putLong(sequence).array();
      byte[] aad =
          sa.extended
              ? ByteBuffer.allocate(12).put(esp, 0, 4).put(high).put(esp, 4, 4).array()
              : Arrays.copyOf(esp, HEADER);
      byte[] plain = sa.cipher.open(esp, HEADER, aad, sa.extended ? high : new byte[0], number);
      Opened opened = plain == null ? null : contents(sa, sequence, plain);
      if (opened != null) {
        sa.top = sequence;
        return opened;
      }
    }
    return null;
  }

  /** The whole number nearest to the last one first. */
  private static Set<Long> guesses(long top, long low) {
    long same = top & ~LOW | low;
    long epoch = 1L << 32;
    long nearest = same;
    if (same - top > epoch / 2) {
      nearest = same - epoch;
    } else if (top - same > epoch / 2) {
      nearest = same + epoch;
    }
    return new LinkedHashSet<>(
        List.of(nearest, same, nearest + epoch, nearest - epoch, low, low | epoch));
  }

  /** Takes padding, its length and the next header off. */
  private static @Nullable Opened contents(Sa sa, long sequence, byte[] plain) {
    if (plain.length < 2) {
      return null;
    }
    int padding = plain[plain.length - 2] & 0xff;
    int size = plain.length - 2 - padding;
    if (size < 0) {
      return null;
    }
    boolean verifies = sa.cipher.spec().verifies();
    // where no check value tells, the padding must be as RFC 4303 wants it
    for (int i = 0; !verifies && i < padding; i++) {
      if (plain[size + i] != (byte) (i + 1)) {
        return null;
      }
    }
    return new Opened(
        sa.line,
        sa.cipher.spec() + (sa.extended ? " esn" : ""),
        sequence,
        Arrays.copyOf(plain, size),
        plain[plain.length - 1] & 0xff,
        verifies);
  }
}
