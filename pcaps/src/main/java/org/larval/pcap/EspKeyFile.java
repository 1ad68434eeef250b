package org.larval.pcap;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import org.larval.wire.IpAddress;

/**
 * Writes Wireshark's table of ESP SAs ({@code esp_sa} in a Wireshark profile), with which it opens
 * ESP. The file holds keys: only its owner may read it. Each SA is written through at once, so that
 * the file serves while the lab runs.
 */
public final class EspKeyFile implements AutoCloseable {
  private final OutputStream out;

  private EspKeyFile(OutputStream out) {
    this.out = out;
  }

  /**
   * Makes the file anew, readable and writable for its owner only. An older file of this name is
   * removed first, so that its permissions do not live on.
   */
  public static EspKeyFile create(Path file) throws IOException {
    return new EspKeyFile(OwnersFile.create(file));
  }

  /**
   * Writes one SA.
   *
   * @param key the encryption key, with the salt behind it for AES-GCM and AES-CTR
   * @param authenticationKey empty without authentication
   */
  public void add(
      IpAddress source,
      IpAddress target,
      int spi,
      EspEncryption encryption,
      byte[] key,
      EspAuthentication authentication,
      byte[] authenticationKey)
      throws IOException {
    add(source, target, spi, encryption, key, authentication, authenticationKey, false);
  }

  /**
   * The same.
   *
   * @param extended 64-bit sequence numbers: two columns more, which Wireshark before 4.2 passes
   *     over with a warning, and then cannot check what it decrypts
   */
  public void add(
      IpAddress source,
      IpAddress target,
      int spi,
      EspEncryption encryption,
      byte[] key,
      EspAuthentication authentication,
      byte[] authenticationKey,
      boolean extended)
      throws IOException {
    HexFormat hex = HexFormat.of();
    String line =
        "\"IPv%d\",\"%s\",\"%s\",\"0x%s\",\"%s\",\"%s\",\"%s\",\"%s\"%s\n"
            .formatted(
                target.version(),
                source,
                target,
                hex.toHexDigits(spi),
                encryption.label(),
                hexKey(hex, key),
                authentication.label(),
                hexKey(hex, authenticationKey),
                extended ? ",\"64-bit\",\"0x0\"" : "");
    out.write(line.getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private static String hexKey(HexFormat hex, byte[] key) {
    return key.length == 0 ? "" : "0x" + hex.formatHex(key);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
