package org.larval.pcap;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Set;
import org.larval.wire.IpAddress;

/**
 * Writes Wireshark's table of ESP SAs ({@code esp_sa} in a Wireshark profile), with which it opens
 * ESP. The file holds keys: only its owner may read it. Each SA is written through at once, so that
 * the file serves while the lab runs.
 */
public final class EspKeyFile implements AutoCloseable {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  /** The encryptions of ESP by the names that Wireshark's table knows. */
  public enum Encryption {
    NULL("NULL"),
    /** AES-GCM with a 16-octet ICV; the key is followed by the 4 octets of salt. */
    AES_GCM_16("AES-GCM with 16 octet ICV [RFC4106]"),
    /** AES-GCM with a 12-octet ICV; the key is followed by the 4 octets of salt. */
    AES_GCM_12("AES-GCM with 12 octet ICV [RFC4106]"),
    /** AES-GCM with an 8-octet ICV; the key is followed by the 4 octets of salt. */
    AES_GCM_8("AES-GCM with 8 octet ICV [RFC4106]"),
    AES_CBC("AES-CBC [RFC3602]"),
    /** AES-CTR; the key is followed by the 4 octets of nonce. */
    AES_CTR("AES-CTR [RFC3686]"),
    TRIPLE_DES_CBC("TripleDES-CBC [RFC2451]");

    private final String label;

    Encryption(String label) {
      this.label = label;
    }

    /** The name in the table. */
    public String label() {
      return label;
    }
  }

  /** The authentications of ESP by the names that Wireshark's table knows. */
  public enum Authentication {
    /** None, or an AEAD's own. */
    NULL("NULL"),
    HMAC_SHA1_96("HMAC-SHA-1-96 [RFC2404]"),
    HMAC_SHA256_128("HMAC-SHA-256-128 [RFC4868]"),
    HMAC_SHA384_192("HMAC-SHA-384-192 [RFC4868]"),
    HMAC_SHA512_256("HMAC-SHA-512-256 [RFC4868]"),
    HMAC_MD5_96("HMAC-MD5-96 [RFC2403]");

    private final String label;

    Authentication(String label) {
      this.label = label;
    }

    /** The name in the table. */
    public String label() {
      return label;
    }
  }

  private final OutputStream out;

  private EspKeyFile(OutputStream out) {
    this.out = out;
  }

  /**
   * Makes the file anew, readable and writable for its owner only. An older file of this name is
   * removed first, so that its permissions do not live on.
   */
  public static EspKeyFile create(Path file) throws IOException {
    Files.deleteIfExists(file);
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] attributes =
        posix
            ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
            : new FileAttribute<?>[0];
    return new EspKeyFile(
        Channels.newOutputStream(
            Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                attributes)));
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
      Encryption encryption,
      byte[] key,
      Authentication authentication,
      byte[] authenticationKey)
      throws IOException {
    HexFormat hex = HexFormat.of();
    String line =
        "\"IPv%d\",\"%s\",\"%s\",\"0x%s\",\"%s\",\"%s\",\"%s\",\"%s\"\n"
            .formatted(
                target.version(),
                source,
                target,
                hex.toHexDigits(spi),
                encryption.label(),
                hexKey(hex, key),
                authentication.label(),
                hexKey(hex, authenticationKey));
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
