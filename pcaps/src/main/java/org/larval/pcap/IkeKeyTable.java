package org.larval.pcap;

import java.util.ArrayList;
import java.util.List;
import org.larval.pcap.Uat.Row;

/** Wireshark's table of IKE SAs, {@code ikev2_decryption_table} in a Wireshark profile. */
public final class IkeKeyTable {
  /**
   * Keys of an IKE SA.
   *
   * @param line where it stands, from 1
   * @param initiatorKey SK_ei, salt behind it
   * @param responderKey SK_er, salt behind it
   * @param initiatorIntegrityKey SK_ai, empty without integrity algorithm
   * @param responderIntegrityKey SK_ar, empty without integrity algorithm
   */
  @SuppressWarnings("ArrayRecordComponent") // keys, compared by nobody
  public record Entry(
      int line,
      long initiatorSpi,
      long responderSpi,
      byte[] initiatorKey,
      byte[] responderKey,
      IkeEncryption encryption,
      byte[] initiatorIntegrityKey,
      byte[] responderIntegrityKey,
      IkeIntegrity integrity) {
    /** Never a key. */
    @Override
    public String toString() {
      return "line " + line + ": " + encryption.label() + ", " + integrity.label();
    }
  }

  private IkeKeyTable() {}

  /**
   * Reads a table.
   *
   * @throws UatException at the first line that cannot be understood
   */
  public static List<Entry> parse(String text) throws UatException {
    List<Entry> entries = new ArrayList<>();
    for (Row row : Uat.rows(text)) {
      if (row.fields().size() < 8) {
        throw new UatException(row.line(), row.fields().size() + " fields, expected 8");
      }
      entries.add(
          new Entry(
              row.line(),
              spi(row, 0, "the initiator's SPI"),
              spi(row, 1, "the responder's SPI"),
              Uat.buffer(row, 2, "SK_ei"),
              Uat.buffer(row, 3, "SK_er"),
              encryption(row),
              Uat.buffer(row, 5, "SK_ai"),
              Uat.buffer(row, 6, "SK_ar"),
              integrity(row)));
    }
    return entries;
  }

  private static long spi(Row row, int index, String what) throws UatException {
    byte[] octets = Uat.buffer(row, index, what);
    if (octets.length != 8) {
      throw new UatException(row.line(), what + " has " + octets.length + " octets, not 8");
    }
    long value = 0;
    for (byte octet : octets) {
      value = value << 8 | octet & 0xff;
    }
    return value;
  }

  private static IkeEncryption encryption(Row row) throws UatException {
    String name = row.field(4);
    IkeEncryption known = IkeEncryption.of(name);
    if (known == null && name.startsWith("ChaCha20") && name.contains("Poly1305")) {
      known = IkeEncryption.CHACHA20_POLY1305;
    }
    if (known == null) {
      throw new UatException(row.line(), "encryption '" + name + "' is not known");
    }
    return known;
  }

  private static IkeIntegrity integrity(Row row) throws UatException {
    IkeIntegrity known = IkeIntegrity.of(row.field(7));
    if (known == null) {
      throw new UatException(row.line(), "integrity '" + row.field(7) + "' is not known");
    }
    return known;
  }
}
