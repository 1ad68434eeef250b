package org.larval.lab.show;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.Certificate;
import org.larval.ike.auth.CertificateChecks;
import org.larval.ike.auth.CredentialException;
import org.larval.ike.auth.Credentials;
import org.larval.ike.auth.Revocation;
import org.larval.ike.auth.SignatureRules;
import org.larval.ike.auth.VerificationKey;
import org.larval.ike.crypto.Secret;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.pcap.EspKeyTable;
import org.larval.pcap.IkeKeyTable;
import org.larval.pcap.UatException;

/**
 * Keys and credentials for a capture, as they were named on the command line.
 *
 * @param ikeTable Wireshark's ikev2_decryption_table, or null
 * @param espTable Wireshark's esp_sa, or null
 * @param ikeKeys JSON with keys and shared secrets, or null
 * @param psks preshared keys: text, 0xHEX, 0sBASE64 or @FILE
 * @param authorities PEM files of certificates or public keys
 * @param ppks postquantum preshared keys, written as {@code psks}
 */
public record ShowKeys(
    @Nullable Path ikeTable,
    @Nullable Path espTable,
    @Nullable Path ikeKeys,
    List<String> psks,
    List<Path> authorities,
    List<String> ppks) {
  /** None. */
  public static final ShowKeys NONE =
      new ShowKeys(null, null, null, List.of(), List.of(), List.of());

  /** A larger file is none that a person or a daemon wrote. */
  private static final long MAX_BYTES = 64L << 20;

  private static final String HEX = "0x";
  private static final String BASE64 = "0s";

  /** Keeps its own copies of the lists. */
  public ShowKeys {
    psks = List.copyOf(psks);
    authorities = List.copyOf(authorities);
    ppks = List.copyOf(ppks);
  }

  /** Whether any file of keys was given. */
  public boolean given() {
    return ikeTable != null || espTable != null || ikeKeys != null;
  }

  List<IkeKeyTable.Entry> readIkeTable() {
    if (ikeTable == null) {
      return List.of();
    }
    try {
      return IkeKeyTable.parse(text(ikeTable));
    } catch (UatException problem) {
      throw complaint(ikeTable, problem, "an ikev2_decryption_table");
    }
  }

  List<EspKeyTable.Entry> readEspTable() {
    if (espTable == null) {
      return List.of();
    }
    try {
      return EspKeyTable.parse(text(espTable));
    } catch (UatException problem) {
      throw complaint(espTable, problem, "an esp_sa");
    }
  }

  IkeKeyFile readIkeKeys() {
    return ikeKeys == null
        ? new IkeKeyFile(List.of(), List.of())
        : IkeKeyFile.parse(ikeKeys.toString(), text(ikeKeys));
  }

  List<Secret> readPsks() {
    return psks.stream().map(one -> secret(one, "--psk")).toList();
  }

  List<Secret> readPpks() {
    return ppks.stream().map(one -> secret(one, "--ppk")).toList();
  }

  /** Checks against the authorities; null if none were given. */
  @Nullable CertificateChecks readAuthorities() {
    List<Certificate> anchors = new ArrayList<>();
    for (Path file : authorities) {
      try {
        anchors.addAll(Credentials.certificates(octets(file)));
      } catch (CredentialException none) {
        // a file with a public key only is for the other one
        readPublicKey(file);
      }
    }
    return anchors.isEmpty()
        ? null
        : new CertificateChecks(
            anchors, List.of(), Revocation.RELAXED, new SignatureRules(true, false, 512));
  }

  /** Raw public keys among the authorities. */
  List<VerificationKey> readPublicKeys() {
    List<VerificationKey> keys = new ArrayList<>();
    for (Path file : authorities) {
      try {
        Credentials.certificates(octets(file));
      } catch (CredentialException none) {
        keys.add(readPublicKey(file));
      }
    }
    return keys;
  }

  private static VerificationKey readPublicKey(Path file) {
    try {
      return Credentials.publicKey(octets(file));
    } catch (CredentialException problem) {
      throw new LabFileException(
          new Where(file.toString(), 1, 1),
          "there is no certificate",
          "expected certificates or a public key in PEM");
    }
  }

  private static LabFileException complaint(Path file, UatException problem, String what) {
    return new LabFileException(
        new Where(file.toString(), problem.line(), 1),
        String.valueOf(problem.getMessage()),
        "expected " + what + " as Wireshark writes it");
  }

  private static Secret secret(String text, String option) {
    try {
      if (text.startsWith(HEX)) {
        return Secret.taking(HexFormat.of().parseHex(text.substring(HEX.length())));
      }
      if (text.startsWith(BASE64)) {
        return Secret.taking(Base64.getDecoder().decode(text.substring(BASE64.length())));
      }
    } catch (IllegalArgumentException problem) {
      // never the text itself
      throw new LabFileException(
          new Where(option, 1, 1),
          "this is no key",
          "expected text, 0x and hexadecimal digits, 0s and base64, or @ and a file");
    }
    String plain = text.startsWith("@") ? text(Path.of(text.substring(1))).stripTrailing() : text;
    return Secret.taking(plain.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(Path path) {
    return new String(octets(path), StandardCharsets.UTF_8);
  }

  private static byte[] octets(Path path) {
    Where top = new Where(path.toString(), 1, 1);
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw new LabFileException(
            top, "the file has more than " + MAX_BYTES + " bytes", "give a file of keys");
      }
      return Files.readAllBytes(path);
    } catch (NoSuchFileException problem) {
      throw new LabFileException(top, "there is no such file", "check its name");
    } catch (IOException problem) {
      throw new LabFileException(top, "the file cannot be read", "check its path and permissions");
    }
  }
}
