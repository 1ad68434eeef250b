package org.larval.secmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The options that a rule has so far: those of every rule and those that {@code -m}, {@code -p} and
 * {@code -j} brought along. As with getopt_long, a long option may be cut short as long as it is
 * the only one that begins so; of equal ones, that of the match named last counts.
 */
final class XtOptions {
  /** Long options of every rule, and their letters. */
  private static final Map<String, String> COMMON =
      Map.ofEntries(
          Map.entry("append", "-A"),
          Map.entry("insert", "-I"),
          Map.entry("delete", "-D"),
          Map.entry("replace", "-R"),
          Map.entry("new-chain", "-N"),
          Map.entry("flush", "-F"),
          Map.entry("delete-chain", "-X"),
          Map.entry("policy", "-P"),
          Map.entry("zero", "-Z"),
          Map.entry("table", "-t"),
          Map.entry("source", "-s"),
          Map.entry("src", "-s"),
          Map.entry("destination", "-d"),
          Map.entry("dst", "-d"),
          Map.entry("protocol", "-p"),
          Map.entry("proto", "-p"),
          Map.entry("in-interface", "-i"),
          Map.entry("out-interface", "-o"),
          Map.entry("jump", "-j"),
          Map.entry("goto", "-g"),
          Map.entry("match", "-m"),
          Map.entry("fragments", "-f"),
          Map.entry("set-counters", "-c"),
          Map.entry("ipv4", "-4"),
          Map.entry("ipv6", "-6"),
          Map.entry("wait", "-w"),
          Map.entry("numeric", "-n"),
          Map.entry("verbose", "-v"));

  /** A match or target and the word that named it. */
  record Loaded(XtExtension extension, XtWord word, boolean target) {}

  /**
   * What a word is.
   *
   * @param owner null for an option of every rule
   * @param option a letter with its dash, or the long option of the owner
   */
  record Found(@Nullable Loaded owner, String option) {}

  private final List<Loaded> loaded = new ArrayList<>();

  void load(XtExtension extension, XtWord word, boolean target) {
    loaded.add(new Loaded(extension, word, target));
  }

  List<Loaded> loaded() {
    return loaded;
  }

  /** What the long option is, without its dashes; null if it is none. */
  @Nullable Found find(XtLine in, XtWord word, String name) {
    for (Loaded each : loaded.reversed()) {
      if (each.extension.options().contains(name)) {
        return new Found(each, name);
      }
    }
    String letter = COMMON.get(name);
    return letter == null ? begun(in, word, name) : new Found(null, letter);
  }

  private @Nullable Found begun(XtLine in, XtWord word, String name) {
    List<Found> all = new ArrayList<>();
    for (Loaded each : loaded) {
      for (String option : each.extension.options()) {
        if (option.startsWith(name)) {
          all.add(new Found(each, option));
        }
      }
    }
    for (Map.Entry<String, String> common : COMMON.entrySet()) {
      Found found = new Found(null, common.getValue());
      if (common.getKey().startsWith(name) && !all.contains(found)) {
        all.add(found);
      }
    }
    if (all.size() > 1) {
      throw in.wrong(word, word + " may mean several options", "write the whole option");
    }
    return all.isEmpty() ? null : all.getFirst();
  }
}
