package org.larval.lab.ike;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Keyring;
import org.larval.ike.crypto.Secret;
import org.larval.lab.file.Fields;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.YamlNode;

/**
 * The secrets of a file: {@code ike...}, {@code eap...}, {@code ppk...} and {@code private...},
 * with whatever behind these words makes the keys different. No complaint shows a secret.
 */
final class SecretsReader {
  private final CredentialFiles files;
  private final Keyring keyring;

  SecretsReader(CredentialFiles files, Keyring keyring) {
    this.files = files;
    this.keyring = keyring;
  }

  void read(Map<String, YamlNode.Entry> secrets) {
    secrets.forEach(
        (name, entry) -> {
          Fields fields = Fields.of(entry.value(), "a secret");
          if (name.startsWith("ike")) {
            List<Identity> owners = new ArrayList<>();
            for (YamlNode item : ids(fields)) {
              owners.add(Fields.parse(item, Fields.scalar(item, "id"), Identity::parse));
            }
            keyring.shared(owners, required(fields));
          } else if (name.startsWith("eap") || name.startsWith("xauth")) {
            Secret password = required(fields);
            for (YamlNode item : ids(fields)) {
              keyring.eap(Fields.scalar(item, "id"), password);
            }
          } else if (name.startsWith("ppk")) {
            Secret key = required(fields);
            for (YamlNode item : ids(fields)) {
              keyring.ppk(Fields.scalar(item, "id"), key);
            }
          } else if (name.startsWith("private")
              || name.startsWith("rsa")
              || name.startsWith("ecdsa")
              || name.startsWith("pkcs8")) {
            YamlNode file = fields.required("file", "file: host.key");
            Secret password = fields.has("secret") ? value(fields) : null;
            files.key(file, Fields.scalar(file, "file"), password);
          } else {
            throw new LabFileException(
                entry.where(),
                "there are no secrets '" + name + "'",
                "begin the name with ike, eap, ppk or private");
          }
          fields.finish();
        });
  }

  private static List<YamlNode> ids(Fields fields) {
    List<YamlNode> ids = new ArrayList<>();
    for (String key : fields.keys()) {
      if (key.equals("id") || key.equals("ids") || key.startsWith("id-")) {
        ids.addAll(fields.items(key));
      }
    }
    return ids;
  }

  private Secret required(Fields fields) {
    YamlNode file = fields.node("file");
    if (file != null) {
      return Secret.taking(files.secretFile(file, Fields.scalar(file, "file")).toArray());
    }
    Secret value = value(fields);
    if (value == null) {
      YamlNode missing = fields.required("secret", "secret: 0x0123 or words, or file: psk.txt");
      throw new LabFileException(missing.where(), "the secret is empty", "write one");
    }
    return value;
  }

  private static @Nullable Secret value(Fields fields) {
    YamlNode node = fields.node("secret");
    if (node == null) {
      return null;
    }
    if (!(node instanceof YamlNode.Scalar scalar) || scalar.text().isEmpty()) {
      throw new LabFileException(node.where(), "the secret is no single value", "write one value");
    }
    String text = scalar.text();
    try {
      if (text.startsWith("0x")) {
        return Secret.taking(HexFormat.of().parseHex(text.substring(2).replace(":", "")));
      }
      if (text.startsWith("0s")) {
        return Secret.taking(Base64.getDecoder().decode(text.substring(2)));
      }
    } catch (IllegalArgumentException problem) {
      throw new LabFileException(
          node.where(),
          "the secret is not what 0x (hexadecimal) or 0s (Base64) promises",
          "write two digits for an octet, or the secret as text");
    }
    return Secret.taking(text.getBytes(StandardCharsets.UTF_8));
  }
}
