package org.larval.labels.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.larval.labels.policydb.AccessVector;
import org.larval.labels.policydb.PolicyClass;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.PolicyFileException;
import org.larval.labels.policydb.PolicyReader;
import org.larval.labels.policydb.SecurityServer;

/**
 * Any bytes as a binary policy: refused at an offset in words, or a policy that answers every
 * question about its own contexts.
 */
public final class PolicyTarget {
  private static final List<String> SEEDS =
      List.of(
          "tiny.33",
          "tiny.28",
          "tiny.24",
          "tiny-bools.33",
          "tiny-bounds.33",
          "tiny-nomls.33",
          "tiny-nomls.24");

  private PolicyTarget() {}

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    PolicyDb policy;
    try {
      policy = PolicyReader.read("fuzz", data);
    } catch (PolicyFileException refused) {
      String words = Objects.requireNonNull(refused.getMessage());
      require(words.startsWith("fuzz") && words.length() < 1000, words);
      return;
    }
    ask(policy);
  }

  /** The initial contexts are the ones that any policy has; each asks each about some classes. */
  private static void ask(PolicyDb policy) {
    SecurityServer server = new SecurityServer(policy);
    List<PolicyContext> contexts = new ArrayList<>();
    for (int sid = 1; sid <= 27; sid++) {
      @Nullable PolicyContext context = policy.objects().initial(sid);
      if (context != null && contexts.size() < 8) {
        contexts.add(context);
        String text = server.text(context);
        require(server.text(server.context(text)).equals(text), text);
      }
    }
    AccessVector vector = new AccessVector();
    for (PolicyContext source : contexts) {
      for (PolicyContext target : contexts) {
        for (int value = 1; value <= policy.classNames().limit(); value += 3) {
          @Nullable PolicyClass each = policy.securityClass(value);
          if (each != null) {
            server.decide(source, target, value, vector);
            require((vector.allowed() & ~vector.granted()) == 0, "more than the rules grant");
            each.names(vector.allowed() & each.mask());
            server.transition(source, target, value);
          }
        }
      }
    }
  }

  private static void require(boolean held, String what) {
    if (!held) {
      throw new AssertionError(what);
    }
  }

  /** Whole policies. */
  static List<byte[]> seeds() {
    return SEEDS.stream().map(PolicyTarget::policy).toList();
  }

  private static byte[] policy(String name) {
    try (InputStream in = PolicyTarget.class.getResourceAsStream("/policydb/" + name + ".gz")) {
      return new GZIPInputStream(Objects.requireNonNull(in, name)).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the seeds into a directory, for the fuzzer to begin with. */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createDirectories(Path.of(args[1]));
    for (String name : SEEDS) {
      Files.write(directory.resolve(name), policy(name));
    }
  }
}
