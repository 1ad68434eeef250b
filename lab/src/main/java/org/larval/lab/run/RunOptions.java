package org.larval.lab.run;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.Attachment;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.crypto.CryptoChoice;

/**
 * What a caller changes about a lab without touching its file.
 *
 * @param seed instead of the file's, or -1
 * @param saMiss for every guest, or null for the file's
 * @param answerAfter of every scripted key manager in nanoseconds, or {@link #AS_IN_FILE}
 * @param onlyFlow the one entry of {@code traffic:} to run, from 1; 0 for all
 * @param trails whether packets write their walk down
 * @param followFlow keeps the trails of this flow, 0 for none
 * @param followSequence of this message only, -1 for all
 * @param capturesUnder where {@code pcap:} paths begin, or null to capture nothing
 * @param series whether held packets are counted over time, for the report's pictures
 * @param outside guests that live elsewhere than the file says, by name: real time only
 * @param played the guest with a netfile outside that this process plays, and nothing else of the
 *     lab; or null for the lab
 * @param crypto the library that protects packets; results are the same with each
 */
public record RunOptions(
    long seed,
    @Nullable SaMissPolicy saMiss,
    long answerAfter,
    int onlyFlow,
    boolean trails,
    int followFlow,
    int followSequence,
    @Nullable Path capturesUnder,
    boolean series,
    Map<String, Attachment> outside,
    @Nullable String played,
    CryptoChoice crypto) {
  /** Leaves answer times as the file has them. */
  public static final long AS_IN_FILE = -1;

  /** Everything as the file says, nothing captured. */
  public static final RunOptions PLAIN =
      new RunOptions(
          -1, null, AS_IN_FILE, 0, false, 0, -1, null, false, Map.of(), null, CryptoChoice.AUTO);

  /** The same with another seed. */
  public RunOptions withSeed(long newSeed) {
    return new RunOptions(
        newSeed,
        saMiss,
        answerAfter,
        onlyFlow,
        trails,
        followFlow,
        followSequence,
        capturesUnder,
        series,
        outside,
        played,
        crypto);
  }

  /** The same under one policy, answer time and flow. */
  public RunOptions forCell(@Nullable SaMissPolicy policy, long answer, int flow) {
    return new RunOptions(
        seed,
        policy,
        answer,
        flow,
        trails,
        followFlow,
        followSequence,
        capturesUnder,
        series,
        outside,
        played,
        crypto);
  }

  /** The same with trails of one message kept. */
  public RunOptions following(int flow, int sequence) {
    return new RunOptions(
        seed,
        saMiss,
        answerAfter,
        onlyFlow,
        true,
        flow,
        sequence,
        capturesUnder,
        series,
        outside,
        played,
        crypto);
  }

  /** The same with captures written. */
  public RunOptions capturing(Path under) {
    return new RunOptions(
        seed,
        saMiss,
        answerAfter,
        onlyFlow,
        trails,
        followFlow,
        followSequence,
        under,
        series,
        outside,
        played,
        crypto);
  }

  /** The same with held packets counted over time. */
  public RunOptions withSeries() {
    return new RunOptions(
        seed,
        saMiss,
        answerAfter,
        onlyFlow,
        trails,
        followFlow,
        followSequence,
        capturesUnder,
        true,
        outside,
        played,
        crypto);
  }

  /** The same with one guest of the file living outside. */
  public RunOptions withOutside(String guest, Attachment where) {
    Map<String, Attachment> all = new LinkedHashMap<>(outside);
    all.put(guest, where);
    return new RunOptions(
        seed,
        saMiss,
        answerAfter,
        onlyFlow,
        trails,
        followFlow,
        followSequence,
        capturesUnder,
        series,
        all,
        played,
        crypto);
  }

  /** One guest of the lab in this process, at its end of its netfile. */
  public RunOptions playing(String guest) {
    return new RunOptions(
        seed,
        saMiss,
        answerAfter,
        onlyFlow,
        trails,
        followFlow,
        followSequence,
        capturesUnder,
        series,
        outside,
        guest,
        crypto);
  }

  /** The same with a crypto library, which must be there. */
  public RunOptions withCrypto(CryptoChoice library) {
    return new RunOptions(
        seed,
        saMiss,
        answerAfter,
        onlyFlow,
        trails,
        followFlow,
        followSequence,
        capturesUnder,
        series,
        outside,
        played,
        library);
  }
}
