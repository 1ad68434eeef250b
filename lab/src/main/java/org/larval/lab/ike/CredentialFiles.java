package org.larval.lab.ike;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.Certificate;
import org.larval.ike.auth.CredentialException;
import org.larval.ike.auth.Credentials;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Keyring;
import org.larval.ike.auth.SigningKey;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;
import org.larval.lab.file.Fields;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.lab.file.YamlNode;

/**
 * Certificates, keys and revocation lists beside a file: by their names from the file's own folder,
 * or out of the folders that swanctl has for each kind.
 */
final class CredentialFiles {
  private static final int MAX_FILE = 1 << 20;
  private static final String CERTIFICATE = "give a whole certificate in PEM or DER";
  private static final String LIST = "give a whole revocation list in PEM or DER";
  private static final String KEY = "give a whole private key in PEM or DER";

  private final Path directory;
  private final boolean swanctl;
  private final Map<Path, List<Certificate>> shown = new LinkedHashMap<>();
  private final List<Certificate> anchors = new ArrayList<>();
  private final List<Certificate> intermediates = new ArrayList<>();
  private final List<SigningKey> keys = new ArrayList<>();
  private final Map<Path, Where> asked = new LinkedHashMap<>();
  private final List<List<YamlNode>> restrictions = new ArrayList<>();
  private final Keyring keyring;

  CredentialFiles(Path directory, boolean swanctl, Keyring keyring) {
    this.directory = directory;
    this.swanctl = swanctl;
    this.keyring = keyring;
  }

  private Path find(String folder, String name) {
    return (swanctl ? directory.resolve(folder) : directory).resolve(name).normalize();
  }

  @FunctionalInterface
  private interface Parsing<T> {
    T of(byte[] file) throws CredentialException;
  }

  private static <T> T parsed(Where where, Path file, String remedy, Parsing<T> parsing) {
    try {
      return parsing.of(bytes(where, file));
    } catch (CredentialException problem) {
      throw new LabFileException(where, file + ": " + problem.getMessage(), remedy);
    }
  }

  static byte[] bytes(Where where, Path file) {
    try {
      if (Files.size(file) > MAX_FILE) {
        throw new LabFileException(where, file + " is larger than 1 MB", "name another file");
      }
      return Files.readAllBytes(file);
    } catch (IOException problem) {
      throw new LabFileException(where, file + " cannot be read", "check its path and permissions");
    }
  }

  /** A certificate that this side may show; its key is looked for at the end. */
  String own(YamlNode at, String name) {
    Path file = find("x509", name);
    asked.put(file, at.where());
    load(at.where(), file);
    return file.toString();
  }

  private List<Certificate> load(Where where, Path file) {
    List<Certificate> known = shown.get(file);
    if (known == null) {
      known = parsed(where, file, CERTIFICATE, Credentials::certificates);
      shown.put(file, known);
    }
    return known;
  }

  /** The one certificate that a peer may have. */
  String pinned(YamlNode at, String name, Identity identity) {
    Path file = find("x509", name);
    Certificate certificate = load(at.where(), file).getFirst();
    Identity owner = identity.kind() == Identity.ANY ? certificate.subject() : identity;
    keyring.raw(owner, parsed(at.where(), file, CERTIFICATE, octets -> certificate.key()));
    return file.toString();
  }

  /** A certificate of an authority. */
  void authority(YamlNode at, String name) {
    authority(at.where(), find("x509ca", name));
  }

  private void authority(Where where, Path file) {
    for (Certificate one : parsed(where, file, CERTIFICATE, Credentials::certificates)) {
      List<Certificate> list = one.selfIssued() ? anchors : intermediates;
      if (!list.contains(one)) {
        list.add(one);
      }
    }
  }

  /** The authorities that a connection trusts; checked at the end. */
  void authorities(List<YamlNode> names) {
    if (!names.isEmpty()) {
      restrictions.add(names);
    }
    for (YamlNode name : names) {
      authority(name, Fields.scalar(name, "cacerts"));
    }
  }

  /** A certificate that nobody names. */
  void certificate(YamlNode at, String name) {
    List<Certificate> unused = load(at.where(), find("x509", name));
    assert !unused.isEmpty();
  }

  /** A revocation list. */
  void revocations(YamlNode at, String name) {
    Path file = find("x509crl", name);
    parsed(at.where(), file, LIST, Credentials::revocationLists).forEach(keyring::revocations);
  }

  /** A private key of this side. */
  void key(YamlNode at, String name, @Nullable Secret password) {
    Path file = find("private", name);
    if (swanctl && !Files.exists(file)) {
      for (String folder : List.of("rsa", "ecdsa", "pkcs8")) {
        Path other = find(folder, name);
        file = Files.exists(other) ? other : file;
      }
    }
    asked.put(file, at.where());
    keys.add(
        parsed(
            at.where(),
            file,
            password == null
                ? KEY + ", with 'secret' beside it if it is encrypted"
                : KEY + ", with the secret that opens it",
            octets -> Credentials.signingKey(octets, password)));
  }

  /** What stands in the folders of swanctl and nobody has named. */
  void folders(Where where) {
    for (Path file : in("x509")) {
      List<Certificate> unused = load(where, file);
      assert !unused.isEmpty();
    }
    in("x509ca").forEach(file -> authority(where, file));
    for (Path file : in("x509crl")) {
      parsed(where, file, LIST, Credentials::revocationLists).forEach(keyring::revocations);
    }
    Set<Path> known = asked.keySet();
    for (String folder : List.of("private", "rsa", "ecdsa", "pkcs8")) {
      for (Path file : in(folder)) {
        if (!known.contains(file)) {
          keys.add(parsed(where, file, KEY, octets -> Credentials.signingKey(octets, null)));
        }
      }
    }
  }

  private List<Path> in(String folder) {
    Path from = directory.resolve(folder);
    List<Path> files = new ArrayList<>();
    if (Files.isDirectory(from)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(from)) {
        for (Path one : all) {
          if (Files.isRegularFile(one)) {
            files.add(one.normalize());
          }
        }
      } catch (IOException problem) {
        throw new LabFileException(
            new Where(from.toString(), 1, 1), "the folder cannot be read", "check its permissions");
      }
    }
    return files.stream().sorted().toList();
  }

  /** Puts all into the keyring. */
  void finish() {
    shown.forEach(this::helper);
    shown.forEach(this::own);
    for (List<YamlNode> names : restrictions) {
      List<Certificate> allowed = new ArrayList<>();
      for (YamlNode one : names) {
        Path file = find("x509ca", Fields.scalar(one, "cacerts"));
        allowed.addAll(parsed(one.where(), file, CERTIFICATE, Credentials::certificates));
      }
      if (!allowed.containsAll(anchors)) {
        throw new LabFileException(
            names.getFirst().where(),
            "'cacerts' names fewer authorities than the file trusts, and that is not told apart",
            "trust only what it names");
      }
    }
    anchors.forEach(keyring::anchor);
    intermediates.forEach(keyring::intermediate);
  }

  private @Nullable SigningKey keyOf(Certificate certificate) {
    return keys.stream().filter(key -> key.belongsTo(certificate)).findFirst().orElse(null);
  }

  /** Certificates without a key of ours help others to reach an authority. */
  private void helper(Path file, List<Certificate> chain) {
    if (keyOf(chain.getFirst()) != null) {
      return;
    }
    Where where = asked.get(file);
    if (where != null) {
      throw new LabFileException(
          where, "there is no private key of " + file, "add it under secrets: private");
    }
    for (Certificate one : chain) {
      if (!one.selfIssued() && !intermediates.contains(one)) {
        intermediates.add(one);
      }
    }
  }

  private void own(Path file, List<Certificate> chain) {
    SigningKey key = keyOf(chain.getFirst());
    if (key == null) {
      return;
    }
    List<Certificate> whole = new ArrayList<>(chain);
    for (int at = 0; at < whole.size(); at++) {
      for (Certificate one : intermediates) {
        if (whole.get(at).namesAsIssuer(one) && !whole.contains(one)) {
          whole.add(one);
        }
      }
    }
    keyring.own(new Keyring.Own(file.toString(), key, whole));
  }

  /** The text of a file of one secret, without the end of its line. */
  Octets secretFile(YamlNode at, String name) {
    byte[] bytes = bytes(at.where(), directory.resolve(name).normalize());
    int length = bytes.length;
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
      length--;
    }
    return Octets.of(bytes, 0, length);
  }
}
