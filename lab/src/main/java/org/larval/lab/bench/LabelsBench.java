package org.larval.lab.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.larval.labels.Sids;
import org.larval.labels.avc.AccessVectorCache;
import org.larval.labels.avc.LivePolicy;
import org.larval.labels.policydb.AccessVector;
import org.larval.labels.policydb.InvalidContextException;
import org.larval.labels.policydb.PolicyClass;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.PolicyFileException;
import org.larval.labels.policydb.PolicyReader;
import org.larval.labels.policydb.SecurityServer;

/**
 * Decisions of a binary SELinux policy: how long it takes to load, and how many a second are made
 * with and without a cache, beside a program over libsepol that prints the same figures.
 *
 * @param policy the binary policy
 * @param questions lines that begin {@code av SOURCE TARGET CLASS}, tab separated, perhaps gzipped;
 *     others are passed over
 * @param oracle a program that takes {@code POLICY bench SECONDS}, the same questions on its input,
 *     and prints {@code plain_compute_av_per_s} and others, tab separated; null for none
 * @param rounds for each contender
 */
public record LabelsBench(Path policy, Path questions, @Nullable Path oracle, Rounds rounds) {
  /** How many questions are asked at most, as many as the oracle takes. */
  static final int MOST = 20_000;

  /** What a busy machine asks again and again. */
  private static final int FEW = 512;

  private static final int LOADS = 15;
  private static final double MILLI = 1e6;

  /** A context of each side and a class. */
  record Question(PolicyContext source, PolicyContext target, int securityClass) {}

  /**
   * Measures.
   *
   * @throws PolicyFileException if the policy cannot be read
   */
  public LabelsReport run(Consumer<String> progress) throws IOException {
    progress.accept("loading " + policy.getFileName());
    byte[] bytes = Files.readAllBytes(policy);
    double[] loads = new double[LOADS];
    SecurityServer server = null;
    for (int i = 0; i < LOADS; i++) {
      long began = Rounds.cpuTime();
      server = new SecurityServer(PolicyReader.read(policy.toString(), bytes));
      loads[i] = (Rounds.cpuTime() - began) / MILLI;
    }
    if (server == null) {
      throw new AssertionError("nothing was loaded");
    }
    List<String> lines = lines();
    List<Question> asked = asked(server, lines);
    if (asked.isEmpty()) {
      throw new IOException(questions + " has no line like 'av SOURCE TARGET CLASS' that fits");
    }
    Map<String, Double> theirs = oracle == null ? Map.of() : oracle(lines, progress);
    List<Contender> contenders =
        List.of(
            new Deciding(server, asked),
            new Cached(server.policy(), asked.subList(0, Math.min(FEW, asked.size()))),
            new Cached(server.policy(), asked));
    Rounds.Lap[][] laps = rounds.laps(contenders, progress);
    double first = loads[0];
    Arrays.sort(loads);
    List<LabelsReport.Row> rows = new ArrayList<>();
    for (int i = 0; i < contenders.size(); i++) {
      rows.add(LabelsReport.Row.of(contenders.get(i).name(), laps[i]));
    }
    return new LabelsReport(
        policy.getFileName().toString(), asked.size(), first, loads[0], rows, theirs);
  }

  private List<String> lines() throws IOException {
    List<String> lines = new ArrayList<>();
    try (var raw = Files.newInputStream(questions);
        var in = questions.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.startsWith("av\t") && lines.size() < MOST) {
          lines.add(line);
        }
      }
    }
    return lines;
  }

  private static List<Question> asked(SecurityServer server, List<String> lines) {
    Map<String, PolicyContext> known = new HashMap<>();
    List<Question> asked = new ArrayList<>();
    for (String line : lines) {
      String[] words = line.split("\t", 5);
      PolicyClass securityClass = words.length < 4 ? null : server.policy().securityClass(words[3]);
      if (securityClass != null) {
        try {
          asked.add(
              new Question(
                  known.computeIfAbsent(words[1], server::context),
                  known.computeIfAbsent(words[2], server::context),
                  securityClass.value()));
        } catch (InvalidContextException e) {
          // A question about a context that is none is no decision.
        }
      }
    }
    return asked;
  }

  private Map<String, Double> oracle(List<String> lines, Consumer<String> progress)
      throws IOException {
    progress.accept("the oracle");
    Process process =
        new ProcessBuilder(String.valueOf(oracle), policy.toString(), "bench", "2")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var out = process.outputWriter(StandardCharsets.UTF_8)) {
      for (String line : lines) {
        out.write(line);
        out.write('\n');
      }
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split("\t");
        if (words.length >= 2 && words[1].matches("[0-9.]+")) {
          figures.put(words[0], Double.parseDouble(words[1]));
        }
      }
    } finally {
      process.destroy();
    }
    return figures;
  }

  /** Every question once, without a cache. */
  private static final class Deciding implements Contender {
    private final SecurityServer server;
    private final List<Question> asked;
    private final AccessVector vector = new AccessVector();
    private int allowed;

    Deciding(SecurityServer server, List<Question> asked) {
      this.server = server;
      this.asked = asked;
    }

    @Override
    public String name() {
      return "decisions without cache";
    }

    @Override
    public long run() {
      for (int i = 0; i < asked.size(); i++) {
        Question question = asked.get(i);
        server.decide(question.source(), question.target(), question.securityClass(), vector);
        allowed |= vector.allowed();
      }
      return asked.size();
    }

    @Override
    public void close() {
      if (allowed == 0) {
        throw new IllegalStateException("this policy allows nothing");
      }
    }
  }

  /** Every question again and again, of an access vector cache with room for all. */
  private static final class Cached implements Contender {
    private static final int ENOUGH = 100_000;

    private final AccessVectorCache cache;
    private final int[] sources;
    private final int[] targets;
    private final int[] classes;
    private final int repeats;
    private int allowed;

    Cached(PolicyDb policy, List<Question> asked) {
      Sids sids = new Sids();
      LivePolicy live = new LivePolicy(policy, true);
      SecurityServer server = live.server();
      cache =
          new AccessVectorCache(
              live, sids, Integer.highestOneBit(Math.max(1, asked.size() - 1)) << 3);
      sources = asked.stream().mapToInt(q -> sids.sid(server.text(q.source()))).toArray();
      targets = asked.stream().mapToInt(q -> sids.sid(server.text(q.target()))).toArray();
      classes = asked.stream().mapToInt(Question::securityClass).toArray();
      repeats = 1 + ENOUGH / asked.size();
    }

    @Override
    public String name() {
      return "of a cache that holds all " + sources.length;
    }

    @Override
    public long run() {
      AccessVectorCache asking = cache; // in locals, since a volatile read empties registers
      int[] from = sources;
      int[] to = targets;
      int[] of = classes;
      int yes = 0;
      for (int repeat = 0; repeat < repeats; repeat++) {
        for (int i = 0; i < from.length; i++) {
          yes += asking.check(from[i], to[i], of[i], 1) ? 1 : 0;
        }
      }
      allowed += yes;
      return (long) repeats * sources.length;
    }

    @Override
    public void close() {
      if (allowed == 0) {
        throw new IllegalStateException("this policy allows nothing");
      }
    }
  }
}
