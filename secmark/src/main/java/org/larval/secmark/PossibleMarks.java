package org.larval.secmark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;

/**
 * Which labels a packet can have after the chains of a hook, when only its addresses and its
 * protocol are known: a match on anything else may fit or not. The likeliest label comes last.
 */
final class PossibleMarks {
  /** What is known of the packet. */
  record Look(IpAddress source, IpAddress target, int protocol) {
    boolean v6() {
      return source.v6();
    }
  }

  /** Whether a match fits. */
  private enum Fit {
    YES,
    NO,
    MAYBE
  }

  /** The labels with which a chain is left: at its end, and by accept. */
  private record Outcome(Set<Integer> returned, Set<Integer> accepted) {}

  private record Entry(Chain chain, Set<Integer> marks) {}

  private final Look look;
  private final int[] saved;
  private final Map<Entry, Outcome> known = new HashMap<>();

  /**
   * For packets of one look.
   *
   * @param saved labels that a connection may have
   */
  PossibleMarks(Look look, int[] saved) {
    this.look = look;
    this.saved = saved;
  }

  /** The labels after a hook's chains; those before it if the chains let no packet through. */
  Set<Integer> after(List<Chain> chains, Set<Integer> before) {
    Set<Integer> marks = before;
    for (Chain chain : chains) {
      Chain.Base base = chain.base();
      if (base == null || base.version() != 0 && look.v6() != (base.version() == 6)) {
        continue;
      }
      Outcome outcome = run(chain, marks);
      Set<Integer> next = new LinkedHashSet<>(outcome.accepted);
      if (!chain.drops()) {
        next.addAll(outcome.returned);
      }
      marks = next.isEmpty() ? marks : next;
    }
    return marks;
  }

  private Outcome run(Chain chain, Set<Integer> before) {
    Entry entry = new Entry(chain, before);
    Outcome done = known.get(entry);
    if (done == null) {
      done = new Walk().run(chain, before);
      known.put(entry, done);
    }
    return done;
  }

  /** One way through a chain. */
  private final class Walk {
    private final Set<Integer> returned = new LinkedHashSet<>();
    private final Set<Integer> accepted = new LinkedHashSet<>();

    /** Labels of packets that the rule at hand does not fit. */
    private Set<Integer> passed = new LinkedHashSet<>();

    /** Labels of packets that it fits so far. */
    private Set<Integer> here = new LinkedHashSet<>();

    Outcome run(Chain chain, Set<Integer> before) {
      here = new LinkedHashSet<>(before);
      for (Rule rule : chain.rules()) {
        passed = new LinkedHashSet<>();
        for (RuleStep step : rule.steps()) {
          if (!here.isEmpty()) {
            step(step);
          }
        }
        passed.addAll(here);
        here = passed;
      }
      returned.addAll(here);
      return new Outcome(returned, accepted);
    }

    private void step(RuleStep step) {
      switch (step) {
        case Match match -> {
          Fit fit = fit(match);
          if (fit != Fit.YES) {
            passed.addAll(here);
          }
          if (fit == Fit.NO) {
            here = new LinkedHashSet<>();
          }
        }
        case Statement.SetSecmark set -> here = new LinkedHashSet<>(List.of(set.label().sid()));
        case Statement.MapSecmark map -> {
          passed.addAll(here);
          here = new LinkedHashSet<>();
          for (ValueSet.Element element : map.lookup().map().elements()) {
            if (element.datum() instanceof SecmarkObject label) {
              here.add(label.sid());
            }
          }
        }
        case Statement.RestoreSecmark restore -> restored();
        case Statement.XtRestoreSecmark restore -> {
          if (here.contains(0)) {
            restored();
          }
        }
        case Statement.Verdict verdict -> verdict(verdict);
        case Statement.VerdictMap map -> verdicts(map.lookup().map());
        case Statement other -> {}
      }
    }

    private void restored() {
      for (int sid : saved) {
        here.add(sid);
      }
    }

    private void verdicts(ValueSet map) {
      Set<Integer> marks = here;
      Set<Integer> after = new LinkedHashSet<>(marks);
      for (ValueSet.Element element : map.elements()) {
        if (element.datum() instanceof Statement.Verdict verdict) {
          here = new LinkedHashSet<>(marks);
          verdict(verdict);
          after.addAll(here);
        }
      }
      here = after;
    }

    private void verdict(Statement.Verdict verdict) {
      Chain target = verdict.target();
      switch (verdict.flow()) {
        case Flow.ACCEPT -> accepted.addAll(here);
        case Flow.RETURN -> returned.addAll(here);
        case Flow.NEXT_RULE -> passed.addAll(here);
        default -> {}
      }
      Set<Integer> before = here;
      here = new LinkedHashSet<>();
      if (target != null) {
        Outcome outcome = PossibleMarks.this.run(target, before);
        accepted.addAll(outcome.accepted);
        (verdict.flow() == Flow.JUMP ? here : returned).addAll(outcome.returned);
      }
    }
  }

  // --- matches ---

  private Fit fit(Match match) {
    return switch (match) {
      case Match.Header whole -> Fit.YES;
      case Match.Fragment fragment -> fragment.negated() ? Fit.YES : Fit.NO;
      case Match.Either either -> Fit.MAYBE;
      case Match.Compare compare -> fit(compare);
      case Match.Lookup lookup -> fit(lookup);
    };
  }

  private Fit fit(Match.Compare compare) {
    if (lacks(compare.field())) {
      return Fit.NO;
    }
    Ranges.Range value = value(compare.field());
    return value == null
        ? Fit.MAYBE
        : of(
            compare
                    .values()
                    .contains(
                        value.firstHigh() & compare.maskHigh(),
                        value.firstLow() & compare.maskLow())
                != compare.negated());
  }

  private Fit fit(Match.Lookup lookup) {
    List<Ranges.Range> values = new ArrayList<>();
    for (Field field : lookup.fields()) {
      if (lacks(field)) {
        return Fit.NO;
      }
      Ranges.Range value = value(field);
      if (value == null) {
        return Fit.MAYBE;
      }
      values.add(value);
    }
    boolean found = false;
    for (ValueSet.Element element : lookup.set().elements()) {
      boolean all = true;
      for (int i = 0; i < values.size(); i++) {
        all &= element.key().get(i).contains(values.get(i).firstHigh(), values.get(i).firstLow());
      }
      found |= all;
    }
    return of(found != lookup.negated());
  }

  private static Fit of(boolean fits) {
    return fits ? Fit.YES : Fit.NO;
  }

  private boolean lacks(Field field) {
    return field.version() != 0 && look.v6() != (field.version() == 6)
        || field.protocol() >= 0 && field.protocol() != look.protocol;
  }

  private Ranges.@Nullable Range value(Field field) {
    return switch (field) {
      case IP_SADDR, IP6_SADDR -> one(look.source.high(), look.source.low());
      case IP_DADDR, IP6_DADDR -> one(look.target.high(), look.target.low());
      case META_L4PROTO, IP_PROTOCOL -> one(0, look.protocol);
      case META_NFPROTO -> one(0, look.v6() ? 10 : 2);
      case META_PROTOCOL -> one(0, look.v6() ? 0x86dd : 0x800);
      default -> null;
    };
  }

  private static Ranges.Range one(long high, long low) {
    return new Ranges.Range(high, low, high, low, 0);
  }
}
