package org.larval.lab.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.larval.lab.bench.Rounds.Lap;
import org.larval.xfrm.crypto.CryptoChoice;

/**
 * ESP with AES-128-GCM in tunnel mode by each crypto library that is here, beside that library's
 * cipher alone and beside a C loop over OpenSSL; all in the same run, in turns. Several libraries
 * in one process make each other slower, since the compiler must allow for both kinds of memory.
 *
 * @param libraries which to measure
 * @param sizes of packets in bytes, before protection
 * @param associations how many SAs packets come in by, in random order, for the second table
 * @param rounds for each size and direction
 */
public record EspBench(
    List<CryptoChoice> libraries, List<Integer> sizes, List<Integer> associations, Rounds rounds) {
  private static final int BATCH = 256;
  private static final int MANY_BATCH = 1024;
  private static final int MANY_BYTES = 1420;
  private static final int MIXING_PASSES = 4;

  /** Two thirds of a minute. */
  public static EspBench usual(List<CryptoChoice> libraries) {
    return new EspBench(
        libraries,
        List.of(64, 256, 576, 1420, 9000),
        List.of(1000, 20_000, 100_000),
        new Rounds(1, 7, 35_000_000L));
  }

  /** A few seconds: the same on fewer sizes, for a first impression. */
  public static EspBench quick(List<CryptoChoice> libraries) {
    return new EspBench(
        libraries, List.of(64, 1420), List.of(1000, 20_000), new Rounds(1, 3, 10_000_000L));
  }

  /** The libraries of this machine that a choice allows. */
  public static List<CryptoChoice> present(CryptoChoice choice) {
    return switch (choice) {
      case AUTO ->
          CryptoChoice.IPSEC_MB.missing() == null
              ? List.of(CryptoChoice.JCE, CryptoChoice.IPSEC_MB)
              : List.of(CryptoChoice.JCE);
      case JCE, IPSEC_MB -> List.of(choice);
    };
  }

  /** One size and direction: the C loop if there is one, then cipher and path by each library. */
  private record Heat(int bytes, boolean seals, List<Contender> contenders) {}

  /** Measures. */
  public EspReport run(Consumer<String> progress) {
    OpensslLoop openssl = OpensslLoop.compile();
    List<Heat> heats = new ArrayList<>();
    for (int bytes : sizes) {
      heats.add(heat(openssl, bytes, true));
      heats.add(heat(openssl, bytes, false));
    }
    // Ciphers of the JDK run at half their speed for a while when sizes first change.
    Rounds mixing = new Rounds(0, 1, rounds.nanos() / 2);
    for (int pass = 0; pass < MIXING_PASSES; pass++) {
      for (Heat heat : heats) {
        mixing.laps(heat.contenders(), what -> progress.accept("warming up: " + what));
      }
    }
    List<EspReport.Row> rows = new ArrayList<>();
    for (Heat heat : heats) {
      String about = heat.bytes() + " bytes, " + way(heat.seals()) + ", ";
      Lap[][] laps = rounds.laps(heat.contenders(), what -> progress.accept(about + what));
      rows.addAll(rows(heat, laps, openssl.missing() == null));
      heat.contenders().forEach(Contender::close);
    }
    List<EspReport.Many> many = new ArrayList<>();
    for (CryptoChoice library : libraries) {
      for (int count : associations) {
        many.add(many(library, count, progress));
      }
    }
    List<String> labels = libraries.stream().map(library -> library.open().label()).toList();
    return new EspReport(
        labels,
        missing(),
        openssl.missing() == null ? openssl.version() : null,
        openssl.missing(),
        rows,
        many);
  }

  private @Nullable String missing() {
    return libraries.contains(CryptoChoice.IPSEC_MB) ? null : CryptoChoice.IPSEC_MB.missing();
  }

  private static String way(boolean seals) {
    return seals ? "seal" : "open";
  }

  private static byte[] key() {
    byte[] key = new byte[20];
    Arrays.fill(key, (byte) 7);
    return key;
  }

  private Heat heat(OpensslLoop openssl, int bytes, boolean seals) {
    List<Contender> contenders = new ArrayList<>();
    int clear = EspPath.clear(bytes);
    if (openssl.missing() == null) {
      contenders.add(openssl.over(key(), BATCH, clear, seals));
    }
    for (CryptoChoice library : libraries) {
      contenders.add(BareCipher.of(library, key(), BATCH, clear, seals));
      contenders.add(new EspPath(library, key(), BATCH, bytes, seals));
    }
    return new Heat(bytes, seals, contenders);
  }

  private List<EspReport.Row> rows(Heat heat, Lap[][] laps, boolean openssl) {
    List<EspReport.Row> rows = new ArrayList<>();
    int at = openssl ? 1 : 0;
    for (int i = 0; i < libraries.size(); i++) {
      Lap[] cipher = laps[at++];
      EspPath path = (EspPath) heat.contenders().get(at);
      Lap[] esp = laps[at++];
      double nanos = median(esp, null);
      rows.add(
          new EspReport.Row(
              path.library(),
              way(heat.seals()),
              heat.bytes(),
              1e9 / nanos,
              nanos,
              median(cipher, null),
              median(cipher, esp),
              openssl ? median(laps[0], null) : null,
              openssl ? median(laps[0], esp) : null,
              openssl ? median(laps[0], cipher) : null,
              allocated(esp)));
    }
    return rows;
  }

  /** Of the nanoseconds of each round, or of their ratios to another's in the same round. */
  private static double median(Lap[] laps, Lap @Nullable [] over) {
    double[] values = new double[laps.length];
    for (int i = 0; i < laps.length; i++) {
      double divisor = over == null ? 1 : over[i].nanosPerOperation();
      values[i] = laps[i].nanosPerOperation() / divisor;
    }
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private static double allocated(Lap[] laps) {
    return Arrays.stream(laps)
        .mapToDouble(Lap::bytesPerOperation)
        .sorted()
        .toArray()[laps.length / 2];
  }

  private EspReport.Many many(CryptoChoice library, int count, Consumer<String> progress) {
    progress.accept("installing " + count + " SAs of " + library);
    EspPath path = new EspPath(library, key(), MANY_BATCH, MANY_BYTES, false, count);
    String about = count + " SAs, ";
    Lap[] laps = rounds.laps(List.of(path), what -> progress.accept(about + what))[0];
    path.close();
    double nanos = median(laps, null);
    return new EspReport.Many(
        path.library(), count, MANY_BYTES, 1e9 / nanos, nanos, allocated(laps));
  }
}
