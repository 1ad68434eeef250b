package org.larval.secmark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.larval.labels.SecurityContext;
import org.larval.wire.IpAddress;

/**
 * A guest's netfilter rules, in nft's grammar and in that of iptables, as far as they concern marks
 * and labels. What would change packets in other ways (translation, queues, reject) is refused by
 * its name.
 *
 * <p>A load takes effect as a whole or not at all. A {@link HookWalk} runs the rules as they were
 * when it was made.
 */
public final class Ruleset {
  /** How long a text may be, in characters. */
  public static final int MAX_TEXT = 8 << 20;

  private record Source(Function<RuleState, RuleState> load) {}

  private final LabelSource labels;
  private final Interfaces interfaces;
  private final List<Source> sources = new ArrayList<>();
  private RuleState state;
  private int refs;
  private List<SecmarkObject> given = List.of();
  private int depth = 1;
  private boolean usesConntrack;

  /** No rules. */
  public Ruleset(LabelSource labels, Interfaces interfaces) {
    this.labels = labels;
    this.interfaces = interfaces;
    state = new RuleState(labels, interfaces);
  }

  /**
   * Loads as {@code nft -f} does.
   *
   * @throws RuleException if the text is wrong; nothing was loaded then
   */
  public Ruleset loadNft(String file, String text) {
    check(file, text);
    return load(new Source(to -> new NftLoader(to, file, text).load()));
  }

  /**
   * Loads as {@code iptables-restore} does, or {@code ip6tables-restore}.
   *
   * @param version 4 or 6
   * @throws RuleException if the text is wrong; nothing was loaded then
   */
  public Ruleset loadXtables(String file, String text, int version) {
    check(file, text);
    return load(new Source(to -> new XtLoader(to, file, version).restore(text)));
  }

  /**
   * Carries out command lines that begin with {@code iptables} or {@code ip6tables}; what the
   * tables already hold stays.
   *
   * @param file what errors call it; they count the lines from 1
   * @throws RuleException if one is wrong; nothing was loaded then
   */
  public Ruleset runXtables(String file, List<String> lines) {
    lines.forEach(line -> check(file, line));
    List<String> kept = List.copyOf(lines);
    return load(new Source(to -> new XtLoader(to, file, 4).run(kept)));
  }

  private static void check(String file, String text) {
    if (text.length() > MAX_TEXT) {
      throw new RuleException(file, 1, 1, "the text is too long", "use at most 8 MiB");
    }
  }

  private Ruleset load(Source source) {
    RuleState next = new RuleState(labels, interfaces);
    for (Source before : sources) {
      next = before.load.apply(next);
    }
    state = source.load.apply(next);
    sources.add(source);
    compile();
    return this;
  }

  private void compile() {
    refs = 0;
    Set<SecmarkObject> labels = new LinkedHashSet<>();
    usesConntrack = false;
    depth = 1;
    for (NftTable table : state.tables.values()) {
      refs += table.secmarks.size();
      table.secmarks.values().forEach(each -> labels.add(unnamed(each)));
    }
    for (XtTable table : state.xtables.values()) {
      for (Chain chain : table.chains.values()) {
        countLabels(chain, labels);
      }
    }
    given = List.copyOf(labels);
    for (Chain chain : state.chains()) {
      chain.compile();
      depth = Math.max(depth, ChainGraph.depth(chain) + 1);
      for (Rule rule : chain.rules()) {
        usesConntrack |= rule.steps().stream().anyMatch(ConntrackUse::by);
      }
    }
  }

  private static SecmarkObject unnamed(SecmarkObject label) {
    return new SecmarkObject("", label.context(), label.sid());
  }

  private void countLabels(Chain chain, Set<SecmarkObject> to) {
    for (Rule rule : chain.rules()) {
      for (RuleStep step : rule.steps()) {
        if (step instanceof Statement.SetSecmark set) {
          refs++;
          to.add(unnamed(set.label()));
        }
      }
    }
  }

  /** How many secmark objects and SECMARK rules there are (selinux_secmark_refcount). */
  public int refs() {
    return refs;
  }

  /** Whether there is any: SELinux asks about packets only then, unless the policy says always. */
  public boolean active() {
    return refs > 0;
  }

  /**
   * The SIDs of all secmark objects and SECMARK rules, each once, in the order in which they were
   * made: whoever loads the rules needs {@code packet relabelto} for each
   * (selinux_secmark_relabel_packet).
   */
  public int[] labels() {
    return given.stream().mapToInt(SecmarkObject::sid).toArray();
  }

  /** The contexts that {@link #labels} stand for, in the same order. */
  public List<SecurityContext> contexts() {
    return given.stream().map(SecmarkObject::context).toList();
  }

  /** Whether some rule looks at connections. */
  public boolean usesConntrack() {
    return usesConntrack;
  }

  /** The names that rules can use. */
  public Interfaces interfaces() {
    return interfaces;
  }

  /** How many rules there are. */
  public int size() {
    return state.chains().stream().mapToInt(chain -> chain.rules().size()).sum();
  }

  /** The labels that rules at a hook can give, in the order in which they stand. */
  public List<SecurityContext> marks(NfHook hook) {
    Set<SecurityContext> marks = new LinkedHashSet<>();
    for (Rule rule : rules(hook)) {
      for (RuleStep step : rule.steps()) {
        switch (step) {
          case Statement.SetSecmark set -> marks.add(set.label().context());
          case Statement.MapSecmark map -> {
            for (ValueSet.Element element : map.lookup().map().elements()) {
              if (element.datum() instanceof SecmarkObject label) {
                marks.add(label.context());
              }
            }
          }
          default -> {}
        }
      }
    }
    return List.copyOf(marks);
  }

  /**
   * The labels that packets of which only addresses and protocol are known can have after a hook,
   * the likeliest last.
   *
   * @param before SIDs that they can have before it, 0 for none
   */
  public Set<Integer> possible(
      NfHook hook, Set<Integer> before, IpAddress source, IpAddress target, int protocol) {
    PossibleMarks.Look look = new PossibleMarks.Look(source, target, protocol);
    return new PossibleMarks(look, labels()).after(baseChains(hook), before);
  }

  /** The IP protocols that rules name. */
  public Set<Integer> protocols() {
    Set<Integer> named = new LinkedHashSet<>();
    for (NfHook hook : NfHook.values()) {
      for (Rule rule : rules(hook)) {
        for (RuleStep step : rule.steps()) {
          if (step instanceof Match.Compare compare) {
            addProtocols(compare.field(), compare.values(), named);
          } else if (step instanceof Match.Lookup lookup) {
            lookup.fields().forEach(field -> addProtocols(field, lookup.set().ranges(), named));
          } else if (step instanceof Statement.MapSecmark map) {
            map.lookup()
                .fields()
                .forEach(field -> addProtocols(field, map.lookup().map().ranges(), named));
          }
        }
      }
    }
    return named;
  }

  private static void addProtocols(Field field, Ranges values, Set<Integer> to) {
    if (field.protocol() >= 0) {
      to.add(field.protocol());
    } else if (field == Field.META_L4PROTO || field == Field.IP_PROTOCOL) {
      for (Ranges.Range range : values.all()) {
        if (range.single()) {
          to.add((int) range.firstLow());
        }
      }
    }
  }

  private List<Rule> rules(NfHook hook) {
    List<Rule> rules = new ArrayList<>();
    for (Chain base : baseChains(hook)) {
      for (Chain chain : ChainGraph.reachable(base)) {
        rules.addAll(chain.rules());
      }
    }
    return rules;
  }

  /** The base chains at a hook, in the order in which they were made. */
  List<Chain> baseChains(NfHook hook) {
    List<Chain> chains = new ArrayList<>();
    for (NftTable table : state.tables.values()) {
      if (!table.dormant) {
        collect(table.chains.values(), hook, chains);
      }
    }
    for (XtTable table : state.xtables.values()) {
      collect(table.chains.values(), hook, chains);
    }
    chains.sort(Comparator.comparingInt(Ruleset::order));
    return chains;
  }

  private static void collect(Iterable<Chain> from, NfHook hook, List<Chain> to) {
    for (Chain chain : from) {
      Chain.Base base = chain.base();
      if (base != null && base.hook() == hook) {
        to.add(chain);
      }
    }
  }

  private static int order(Chain chain) {
    Chain.Base base = chain.base();
    return base == null ? 0 : base.order();
  }

  /** How deep jumps go, with the base chain. */
  int depth() {
    return depth;
  }
}
