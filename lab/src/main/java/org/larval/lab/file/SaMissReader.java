package org.larval.lab.file;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.SaMissPolicy.LabelDenied;
import org.larval.xfrm.SaMissPolicy.LarvalMatch;
import org.larval.xfrm.SaMissPolicy.Limits;
import org.larval.xfrm.SaMissPolicy.OnFailure;
import org.larval.xfrm.SaMissPolicy.Outcome;
import org.larval.xfrm.SaMissPolicy.Overflow;
import org.larval.xfrm.SaMissPolicy.Release;
import org.larval.xfrm.SaMissPolicy.Scope;

/** Reads {@code sa-miss:}: a preset by its name, or a preset with some dimensions changed. */
final class SaMissReader {
  private SaMissReader() {}

  static @Nullable SaMissPolicy read(@Nullable YamlNode node) {
    return switch (node) {
      case null -> null;
      case YamlNode.Scalar scalar -> preset(scalar.where(), scalar.text());
      default -> changed(Fields.of(node, "'sa-miss'"));
    };
  }

  static SaMissPolicy preset(Where where, String name) {
    SaMissPolicy preset = SaMissPolicy.named(name);
    if (preset == null) {
      throw new LabFileException(
          where,
          "there is no SA-miss policy '" + name + "'",
          "the presets are " + String.join(", ", names()));
    }
    return preset;
  }

  private static String[] names() {
    return SaMissPolicy.PRESETS.stream().map(SaMissPolicy::name).toArray(String[]::new);
  }

  private static SaMissPolicy changed(Fields fields) {
    String like = fields.text("like", "larval", "like: larval");
    SaMissPolicy base = preset(fields.where("like"), like);
    Limits old = base.limits();
    SaMissPolicy policy =
        base.change()
            .outcome(word(fields, "outcome", base.outcome(), Outcome.values()))
            .limits(
                new Limits(
                    (int) fields.number("packets", old.packets(), 0, Integer.MAX_VALUE),
                    fields.bytes("bytes", old.bytes()),
                    fields.duration("age", old.age()),
                    fields.bytes("global-bytes", old.globalBytes()),
                    (int) fields.number("resolutions", old.resolutions(), 1, Integer.MAX_VALUE)))
            .overflow(word(fields, "overflow", base.overflow(), Overflow.values()))
            .release(release(fields, base.release()))
            .scope(word(fields, "scope", base.scope(), Scope.values()))
            .larvalMatch(word(fields, "larval-match", base.larvalMatch(), LarvalMatch.values()))
            .labelDenied(word(fields, "label-denied", base.labelDenied(), LabelDenied.values()))
            .onFailure(word(fields, "on-failure", base.onFailure(), OnFailure.values()))
            .failureCache(fields.duration("failure-cache", base.failureCache()))
            .make();
    fields.finish();
    return policy;
  }

  /** {@code on-install}, or {@code poll} with its gaps. */
  private static Release release(Fields fields, Release otherwise) {
    String[] words = {"on-install", "poll"};
    String old = otherwise instanceof Release.Poll ? "poll" : "on-install";
    boolean poll = fields.choice("release", old, words).equals("poll");
    long first = fields.duration("poll-first", 100_000_000L);
    long last = fields.duration("poll-last", 60_000_000_000L);
    return poll ? new Release.Poll(first, last) : new Release.OnInstall();
  }

  private static <E extends Enum<E>> E word(Fields fields, String key, E otherwise, E[] values) {
    String[] words = new String[values.length];
    for (int i = 0; i < values.length; i++) {
      words[i] = label(values[i]);
    }
    String chosen = fields.choice(key, label(otherwise), words);
    for (E value : values) {
      if (label(value).equals(chosen)) {
        return value;
      }
    }
    return otherwise;
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
