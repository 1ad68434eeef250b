package org.larval.cipso;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.wire.Prefix;

/** What an entry of the domain map says. */
public sealed interface Mapping {
  /** No label. */
  Mapping UNLABELED = new Unlabeled();

  /** No label. */
  record Unlabeled() implements Mapping {}

  /** By the destination, longest prefix first. */
  record Selectors(List<Selector> list) implements Mapping {
    /** Keeps the list. */
    public Selectors {
      list = List.copyOf(list);
    }
  }

  /**
   * One selector.
   *
   * @param mapping never selectors again
   */
  record Selector(Prefix prefix, Mapping mapping) {}

  /** A label by a DOI. It remembers what it made of each SID. */
  final class Labeled implements Mapping {
    private static final int MAX_SIDS = 65_536;

    private final boolean v6;
    private final int number;
    private final @Nullable Doi doi;
    private @Nullable Labeling[] made = new @Nullable Labeling[0];
    private int epoch;

    private Labeled(boolean v6, int number, @Nullable Doi doi) {
      this.v6 = v6;
      this.number = number;
      this.doi = doi;
    }

    /** A CIPSO label. */
    public static Labeled cipso(Doi doi) {
      return new Labeled(false, doi.number(), doi);
    }

    /** A CALIPSO label. */
    public static Labeled calipso(int number) {
      return new Labeled(true, number, null);
    }

    /** Whether it is CALIPSO. */
    public boolean v6() {
      return v6;
    }

    /** The DOI, 32 bits. */
    public int number() {
      return number;
    }

    /** What a SID's packets carry. Asked again it allocates nothing. */
    Labeling labeling(int sid, LabelDictionary labels, CipsoEncoder encoder, int nowEpoch) {
      if (epoch != nowEpoch) {
        made = new @Nullable Labeling[0];
        epoch = nowEpoch;
      }
      if (sid < 0 || sid >= MAX_SIDS) {
        return make(sid, labels, encoder);
      }
      if (sid >= made.length) {
        made = Arrays.copyOf(made, Math.max(sid + 1, made.length * 2));
      }
      Labeling known = made[sid];
      if (known == null) {
        known = make(sid, labels, encoder);
        made[sid] = known;
      }
      return known;
    }

    private Labeling make(int sid, LabelDictionary labels, CipsoEncoder encoder) {
      return doi == null
          ? CalipsoOption.encode(number, labels.level(sid))
          : encoder.encode(doi, sid, labels.level(sid));
    }

    @Override
    public String toString() {
      return (v6 ? "CALIPSO," : "CIPSOv4,") + Integer.toUnsignedString(number);
    }
  }
}
