package org.larval.secmark;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which chains lead to which. */
final class ChainGraph {
  private ChainGraph() {}

  /** The chains that the rules of a chain lead to directly. */
  static Set<Chain> targets(Chain chain) {
    Set<Chain> targets = new LinkedHashSet<>();
    for (Rule rule : chain.rules()) {
      for (RuleStep step : rule.steps()) {
        if (step instanceof Statement.Verdict verdict) {
          add(verdict, targets);
        } else if (step instanceof Statement.VerdictMap map) {
          for (ValueSet.Element element : map.lookup().map().elements()) {
            if (element.datum() instanceof Statement.Verdict verdict) {
              add(verdict, targets);
            }
          }
        }
      }
    }
    return targets;
  }

  private static void add(Statement.Verdict verdict, Collection<Chain> targets) {
    Chain target = verdict.target();
    if (target != null) {
      targets.add(target);
    }
  }

  /** A chain and all that can be reached from it. */
  static List<Chain> reachable(Chain from) {
    Set<Chain> seen = new LinkedHashSet<>();
    Deque<Chain> waiting = new ArrayDeque<>();
    waiting.add(from);
    while (true) {
      Chain next = waiting.poll();
      if (next == null) {
        return new ArrayList<>(seen);
      }
      if (seen.add(next)) {
        waiting.addAll(targets(next));
      }
    }
  }

  /** How many jumps follow each other at most; the chains must not lead in a circle. */
  static int depth(Chain chain) {
    return depth(chain, new HashMap<>());
  }

  private static int depth(Chain chain, Map<Chain, Integer> known) {
    Integer before = known.get(chain);
    if (before != null) {
      return before;
    }
    int deepest = 0;
    for (Chain target : targets(chain)) {
      deepest = Math.max(deepest, depth(target, known) + 1);
    }
    known.put(chain, deepest);
    return deepest;
  }

  /** The chain from which one gets back to itself, or null if there is none. */
  static @Nullable Chain circle(Collection<Chain> chains) {
    Map<Chain, Boolean> state = new HashMap<>();
    for (Chain chain : chains) {
      Chain found = circle(chain, state, 0);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static @Nullable Chain circle(Chain chain, Map<Chain, Boolean> state, int depth) {
    Boolean done = state.get(chain);
    if (done != null) {
      return done ? null : chain;
    }
    if (depth > MAX_CHAIN_DEPTH) {
      return chain;
    }
    state.put(chain, false);
    for (Chain target : targets(chain)) {
      Chain found = circle(target, state, depth + 1);
      if (found != null) {
        return found;
      }
    }
    state.put(chain, true);
    return null;
  }

  /** Deeper than this is taken for a circle: it bounds our own stack too. */
  static final int MAX_CHAIN_DEPTH = 512;
}
