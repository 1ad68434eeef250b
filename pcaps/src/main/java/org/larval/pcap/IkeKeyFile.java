package org.larval.pcap;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Writes Wireshark's table of IKE SAs ({@code ikev2_decryption_table} in a Wireshark profile), with
 * which it opens IKEv2. The file holds keys: only its owner may read it. Each SA is written through
 * at once, so that the file serves while the lab runs.
 */
public final class IkeKeyFile implements AutoCloseable {
  private final OutputStream out;

  private IkeKeyFile(OutputStream out) {
    this.out = out;
  }

  /**
   * Makes the file anew, readable and writable for its owner only. An older file of this name is
   * removed first, so that its permissions do not live on.
   */
  public static IkeKeyFile create(Path file) throws IOException {
    return new IkeKeyFile(OwnersFile.create(file));
  }

  /**
   * Writes one SA.
   *
   * @param initiatorKey SK_ei, with the salt behind it where the cipher has one
   * @param responderKey SK_er, in the same way
   * @param initiatorIntegrityKey SK_ai, empty without integrity algorithm
   * @param responderIntegrityKey SK_ar, empty without integrity algorithm
   */
  public void add(
      long initiatorSpi,
      long responderSpi,
      byte[] initiatorKey,
      byte[] responderKey,
      IkeEncryption encryption,
      byte[] initiatorIntegrityKey,
      byte[] responderIntegrityKey,
      IkeIntegrity integrity)
      throws IOException {
    HexFormat hex = HexFormat.of();
    String line =
        "%s,%s,%s,%s,\"%s\",%s,%s,\"%s\"\n"
            .formatted(
                hex.toHexDigits(initiatorSpi),
                hex.toHexDigits(responderSpi),
                hex.formatHex(initiatorKey),
                hex.formatHex(responderKey),
                encryption.label(),
                hex.formatHex(initiatorIntegrityKey),
                hex.formatHex(responderIntegrityKey),
                integrity.label());
    out.write(line.getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
