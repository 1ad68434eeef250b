package org.larval.labels.policydb;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** Small policies of our own text, compiled by checkpolicy, and libsepol's answers about them. */
final class TinyPolicies {
  /** Version, MLS or not, booleans and bounds vary. */
  static final List<String> NAMES =
      List.of(
          "tiny.24",
          "tiny.26",
          "tiny.28",
          "tiny.30",
          "tiny.32",
          "tiny.33",
          "tiny-bools.33",
          "tiny-bounds.33",
          "tiny-nomls.24",
          "tiny-nomls.33");

  private TinyPolicies() {}

  static byte[] bytes(String name) {
    return unpacked(name + ".gz");
  }

  static PolicyDb policy(String name) {
    try {
      return PolicyReader.read(name, bytes(name));
    } catch (PolicyFileException problem) {
      throw new UncheckedIOException(problem);
    }
  }

  static SecurityServer server(String name) {
    return new SecurityServer(policy(name));
  }

  /** Questions with libsepol's answers. */
  static List<String> answers(String name) {
    return lines(name + ".answers.tsv.gz");
  }

  /** What libsepol found in the policy. */
  static List<String> dump(String name) {
    return lines(name + ".dump.tsv.gz");
  }

  private static List<String> lines(String resource) {
    return new String(unpacked(resource), StandardCharsets.UTF_8).lines().toList();
  }

  private static byte[] unpacked(String resource) {
    try (InputStream packed =
            Objects.requireNonNull(
                TinyPolicies.class.getResourceAsStream("/policydb/" + resource), resource);
        InputStream file = new GZIPInputStream(packed)) {
      return file.readAllBytes();
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }
}
