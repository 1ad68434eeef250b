package org.larval.lab.bench;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.larval.lab.bench.LabelledReport.Spread;
import org.larval.lab.bench.Rounds.Lap;
import org.larval.lab.file.LabFile;
import org.larval.lab.run.RunOptions;
import org.larval.lab.run.Shuttle;
import org.larval.labels.avc.AuditRecord;
import org.larval.xfrm.crypto.CryptoChoice;

/**
 * What labels cost: datagrams from guest to guest, through whole stacks, NICs and a link, without
 * labels and with each kind of them; all in the same run, in turns.
 *
 * @param crypto the library for rows with ESP
 */
public record LabelledBench(CryptoChoice crypto, Rounds rounds) {
  /** Of the link, in nanoseconds of the lab. */
  static final long DELAY = 10_000;

  private static final int BYTES = 58;
  private static final int BURST = 32;
  private static final int BURSTS = 32;

  private static final int FEW = 10;
  private static final int MANY = 1000;

  /** The kinds, in the order of the table. */
  private enum Kind {
    NOTHING("nothing"),
    FEW_RULES("secmark, 10 rules"),
    MANY_RULES("secmark, 1,000 rules"),
    FEW_CONNECTIONS("secmark, 10 rules, ct secmark"),
    MANY_CONNECTIONS("secmark, 1,000 rules, ct secmark"),
    CIPSO("CIPSO, tag 1"),
    CHECKED("secmark, 10 rules, enforcing"),
    ALL_BUT_ESP("all but ESP, enforcing"),
    ESP("ESP without labels"),
    LABELLED_ESP("labelled ESP"),
    ALL("all, enforcing");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    private LabelledLabs labs() {
      return switch (this) {
        case NOTHING -> LabelledLabs.NOTHING;
        case FEW_RULES -> LabelledLabs.NOTHING.rules(FEW, false);
        case MANY_RULES -> LabelledLabs.NOTHING.rules(MANY, false);
        case FEW_CONNECTIONS -> LabelledLabs.NOTHING.rules(FEW, true);
        case MANY_CONNECTIONS -> LabelledLabs.NOTHING.rules(MANY, true);
        case CIPSO -> new LabelledLabs(0, false, true, false, false, false);
        case CHECKED -> new LabelledLabs(FEW, false, false, false, false, true);
        case ALL_BUT_ESP -> new LabelledLabs(MANY, true, true, false, false, true);
        case ESP -> new LabelledLabs(0, false, false, true, false, false);
        case LABELLED_ESP -> new LabelledLabs(0, false, false, true, true, false);
        case ALL -> LabelledLabs.ALL;
      };
    }
  }

  /** One kind at work. */
  private static final class Pair implements Contender {
    private final String name;
    private final Shuttle shuttle;

    Pair(String name, LabFile file, RunOptions options) {
      this.name = name;
      shuttle = new Shuttle(file, options, BYTES);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public long run() {
      long arrived = 0;
      for (int i = 0; i < BURSTS; i++) {
        arrived += shuttle.send(BURST, 2 * DELAY);
      }
      if (arrived != BURSTS * BURST) {
        throw new IllegalStateException(
            name
                + ": only "
                + arrived
                + " datagrams arrived; "
                + shuttle.audit().stream().map(AuditRecord::question).distinct().toList());
      }
      return arrived;
    }

    @Override
    public void close() {
      shuttle.close();
    }
  }

  /** Measures. */
  public LabelledReport run(Consumer<String> progress) {
    RunOptions options = RunOptions.PLAIN.withCrypto(crypto);
    List<Contender> contenders =
        Arrays.stream(Kind.values())
            .<Contender>map(kind -> new Pair(kind.text, kind.labs().file(), options))
            .toList();
    Lap[][] laps = rounds.laps(contenders, progress);
    contenders.forEach(Contender::close);
    List<LabelledReport.Row> rows =
        Arrays.stream(Kind.values()).map(kind -> row(kind, laps)).toList();
    return new LabelledReport(
        crypto.open().label(),
        BYTES,
        rows,
        ratio(laps, Kind.MANY_RULES, Kind.FEW_RULES),
        ratio(laps, Kind.MANY_CONNECTIONS, Kind.FEW_CONNECTIONS),
        ratio(laps, Kind.NOTHING, Kind.ALL_BUT_ESP),
        ratio(laps, Kind.ESP, Kind.LABELLED_ESP),
        ratio(laps, Kind.ESP, Kind.ALL),
        ratio(laps, Kind.NOTHING, Kind.ALL));
  }

  private static LabelledReport.Row row(Kind kind, Lap[][] laps) {
    Lap[] own = laps[kind.ordinal()];
    double[] nanos = Arrays.stream(own).mapToDouble(Lap::nanosPerOperation).toArray();
    double[] bytes = Arrays.stream(own).mapToDouble(Lap::bytesPerOperation).toArray();
    Spread time = Spread.of(nanos);
    return new LabelledReport.Row(
        kind.text,
        1e9 / time.median(),
        time.median(),
        ratio(laps, Kind.NOTHING, kind),
        Spread.of(bytes).median());
  }

  /** The time of one kind divided by that of another in the same round. */
  private static Spread ratio(Lap[][] laps, Kind kind, Kind by) {
    Lap[] own = laps[kind.ordinal()];
    Lap[] other = laps[by.ordinal()];
    double[] ratios = new double[own.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = own[i].nanosPerOperation() / other[i].nanosPerOperation();
    }
    return Spread.of(ratios);
  }
}
