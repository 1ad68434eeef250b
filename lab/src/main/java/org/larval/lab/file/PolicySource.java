package org.larval.lab.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.PolicyReader;

/** A policy in a file: the kernel's binary format, or our YAML. */
public final class PolicySource {
  private static final byte[] MAGIC = {(byte) 0x8c, (byte) 0xff, 0x7c, (byte) 0xf9};

  private PolicySource() {}

  /**
   * Reads a policy, binary or YAML by its first bytes.
   *
   * @throws LabFileException if it cannot be read or something in it is wrong, with the place
   */
  public static PolicyDb read(Path path) {
    String name = path.toString();
    byte[] bytes = bytes(path);
    if (binary(bytes)) {
      try {
        return PolicyReader.read(path); // may be packed by gzip
      } catch (IOException problem) {
        throw new LabFileException(
            new Where(name, 1, 1),
            String.valueOf(problem.getMessage()),
            "name a policy that the kernel could load");
      }
    }
    return TextPolicyReader.parse(name, new String(bytes, StandardCharsets.UTF_8)).build();
  }

  /**
   * The policy of a YAML file in the kernel's binary format; a binary one as it is.
   *
   * @throws LabFileException if it cannot be read or something in it is wrong
   */
  public static byte[] image(Path path) {
    byte[] bytes = bytes(path);
    return binary(bytes)
        ? bytes
        : TextPolicyReader.parse(path.toString(), new String(bytes, StandardCharsets.UTF_8))
            .image();
  }

  /** NUL bytes make a binary of it too, so that damaged ones are judged as what they are. */
  private static boolean binary(byte[] bytes) {
    for (int i = 0; i < Math.min(bytes.length, 64); i++) {
      if (bytes[i] == 0) {
        return true;
      }
    }
    return bytes.length >= MAGIC.length && bytes[0] == MAGIC[0] && bytes[1] == MAGIC[1];
  }

  private static byte[] bytes(Path path) {
    Where where = new Where(path.toString(), 1, 1);
    try {
      long size = Files.size(path);
      if (size > PolicyReader.MAX_BYTES) {
        throw new LabFileException(
            where, "the file has " + size + " bytes", "name a policy of 64 MB at most");
      }
      return Files.readAllBytes(path);
    } catch (NoSuchFileException problem) {
      throw new LabFileException(where, "there is no such file", "name a policy, binary or YAML");
    } catch (IOException problem) {
      throw new LabFileException(
          where, "the file cannot be read", "check its path and permissions");
    }
  }
}
