package org.larval.labels.why;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.larval.labels.policydb.PolicyReader;
import org.larval.labels.policydb.SecurityServer;

/** The small policies that checkpolicy compiled, and libsepol's answers to questions about one. */
public final class TinyPolicy {
  private TinyPolicy() {}

  /** A server of the policy of a name, such as {@code tiny.33}. */
  public static SecurityServer server(String name) {
    try (InputStream file = open(name + ".gz")) {
      return new SecurityServer(PolicyReader.read(name, file.readAllBytes()));
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }

  /** Lines {@code av S T CLASS allowed auditallow dontaudit reason} of tiny.33. */
  static List<String[]> answers() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(open("tiny.33.av.tsv.gz"), StandardCharsets.UTF_8))) {
      return lines.lines().map(line -> line.split("\t", -1)).toList();
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }

  private static InputStream open(String name) throws IOException {
    return new GZIPInputStream(
        Objects.requireNonNull(TinyPolicy.class.getResourceAsStream("/policies/" + name)));
  }
}
