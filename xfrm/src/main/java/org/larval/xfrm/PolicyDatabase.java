package org.larval.xfrm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.wire.IpProtocol;

/**
 * The security policy database (net/xfrm/xfrm_policy.c). In each direction and type the numerically
 * lowest priority that fits a flow wins, among equals the older policy; {@link PolicyIndex} finds
 * it without looking at the others.
 */
@SuppressWarnings("EnumOrdinal") // Linux's numbers, and to index arrays of this class
final class PolicyDatabase {
  /** The most policies that are accepted. */
  static final int LIMIT = 2_000_000;

  private static final int MAX_TEMPLATES = 6;

  /** A socket's policy has this and its direction in the low bits of its index. */
  private static final int OF_SOCKET = 3;

  /** IPSEC_PROTO_ANY in a template. */
  private static final int ANY_PROTOCOL = 255;

  /** As many positions as fit under a priority in a rank. */
  private static final long POSITIONS = 1L << 31;

  /** The last one; what would follow it for the last priority means "none". */
  private static final long LAST_POSITION = POSITIONS - 1;

  private final PolicyIndex[][] indexes =
      new PolicyIndex[Direction.values().length][PolicyType.values().length];
  private final Map<Direction, Policy.Action> defaults = new EnumMap<>(Direction.class);
  private final HashMap<Policy.Identity, InstalledPolicy> byIdentity = new HashMap<>();
  private final LinkedHashMap<Integer, InstalledPolicy> byIndex = new LinkedHashMap<>();
  private final PolicySearch search;
  private int indexGenerator;
  private int labeled;
  private long routeGeneration;
  private long nextPosition;
  private @Nullable InstalledPolicy passedOver;

  PolicyDatabase(AssociationPolicy labels) {
    search = new PolicySearch(labels);
    for (Direction direction : Direction.values()) {
      defaults.put(direction, Policy.Action.ALLOW);
      for (PolicyType type : PolicyType.values()) {
        indexes[direction.ordinal()][type.ordinal()] = new PolicyIndex();
      }
    }
  }

  /** The number of the next policy among those of the same priority; for tests of its end. */
  void nextPosition(long position) {
    nextPosition = position;
  }

  /** Whether and why a policy may not be installed; OK if it may (verify_newpolicy_info). */
  static Errno check(Policy policy) {
    if (policy.templates().size() > MAX_TEMPLATES) {
      return Errno.EINVAL;
    }
    boolean family = policy.selector().v6();
    for (Template template : policy.templates()) {
      boolean outer = template.target().v6();
      boolean fits =
          template.mode().isTunnel()
              ? !(policy.direction() == Direction.OUT && template.optional())
              : outer == family;
      if (!fits || template.source().v6() != outer || !transforms(template.protocol())) {
        return Errno.EINVAL;
      }
      family = outer;
    }
    if (policy.index() != 0 && (policy.index() & 7) != policy.direction().ordinal()) {
      return Errno.EINVAL;
    }
    SecurityLabel label = policy.label();
    if (label != null && (label.doi() != 1 || label.algorithm() != 1)) {
      return Errno.EINVAL;
    }
    return Errno.OK;
  }

  private static boolean transforms(int protocol) {
    return switch (protocol) {
      case IpProtocol.ESP,
          IpProtocol.AH,
          IpProtocol.IPCOMP,
          IpProtocol.ROUTING,
          IpProtocol.DSTOPTS,
          ANY_PROTOCOL ->
          true;
      default -> false;
    };
  }

  /** The same policy with its mark masked, as the kernel stores it. */
  static Policy normal(Policy policy) {
    Mark mark = policy.mark();
    if ((mark.value() & mark.mask()) == mark.value()) {
      return policy;
    }
    return policy.withMark(new Mark(mark.value() & mark.mask(), mark.mask()));
  }

  boolean full() {
    return byIndex.size() >= LIMIT;
  }

  @Nullable InstalledPolicy get(Policy.Identity identity) {
    return byIdentity.get(identity);
  }

  @Nullable InstalledPolicy get(int index) {
    return byIndex.get(index);
  }

  /**
   * Puts a policy at its place, instead of one of the same identity, whose index it takes over, and
   * whose place too if their priorities are equal. Every insertion makes all cached routes stale
   * (rt_genid_bump).
   */
  InstalledPolicy insert(long now, Policy policy, Lifetimes lifetimes) {
    Policy.Identity identity = policy.identity();
    InstalledPolicy old = byIdentity.get(identity);
    int index = old == null ? newIndex(policy) : old.policy.index();
    InstalledPolicy fresh = new InstalledPolicy(policy.withIndex(index), lifetimes, now);
    if (old != null) {
      index(old).remove(old);
      old.dead = true;
      labeled -= old.policy.label() == null ? 0 : 1;
    }
    labeled += policy.label() == null ? 0 : 1;
    fresh.rank =
        old != null && old.policy.priority() == policy.priority()
            ? old.rank
            : rank(policy.priority(), newPosition());
    index(fresh).add(fresh);
    byIdentity.put(identity, fresh);
    byIndex.put(index, fresh);
    routeGeneration++;
    return fresh;
  }

  private static long rank(int priority, long position) {
    return Integer.toUnsignedLong(priority) * POSITIONS + position;
  }

  private long newPosition() {
    if (nextPosition >= LAST_POSITION) {
      renumber();
    }
    return nextPosition++;
  }

  /** All positions were given away: those in use move together (xfrm_gen_pos_slow). */
  private void renumber() {
    List<InstalledPolicy> all = new ArrayList<>(byIdentity.size());
    for (Direction direction : Direction.values()) {
      for (InstalledPolicy policy : inOrder(direction)) {
        if (!policy.dead) {
          all.add(policy);
        }
      }
    }
    for (InstalledPolicy policy : all) {
      index(policy).remove(policy);
    }
    nextPosition = 0;
    for (InstalledPolicy policy : all) {
      policy.rank = rank(policy.policy.priority(), nextPosition++);
      index(policy).add(policy);
    }
  }

  private int newIndex(Policy policy) {
    int wanted = policy.index();
    while (true) {
      int index = wanted;
      wanted = 0;
      if (index == 0) {
        index = generate(policy.direction().ordinal());
      }
      if (!byIndex.containsKey(index)) {
        return index;
      }
    }
  }

  /** The index of a socket's policy, which is in no table. */
  int newSocketIndex(Direction direction) {
    return generate(OF_SOCKET + direction.ordinal());
  }

  private int generate(int lowBits) {
    int index = indexGenerator | lowBits;
    indexGenerator += 8;
    return index == 0 ? 8 : index;
  }

  /** How many policies have a label. */
  int labeled() {
    return labeled;
  }

  void remove(InstalledPolicy gone) {
    gone.dead = true;
    index(gone).remove(gone);
    labeled -= gone.policy.label() == null ? 0 : 1;
    byIdentity.remove(gone.policy.identity());
    byIndex.remove(gone.policy.index());
  }

  /**
   * The policy for a flow, or null: a sub-policy, else a main one. Selector, mark and interface
   * first, then the label; a label that denies means that the search goes on.
   */
  @Nullable InstalledPolicy find(Direction direction, FlowKey flow, int ifId) {
    search.begin(flow);
    InstalledPolicy found;
    PolicyIndex sub = index(direction, PolicyType.SUB);
    if (!sub.isEmpty()) {
      found = sub.search(ifId, search);
      passedOver = search.passedOver();
      if (found != null) {
        return found;
      }
      search.begin(flow);
    } else {
      passedOver = null;
    }
    found = index(direction, PolicyType.MAIN).search(ifId, search);
    passOver(search.passedOver());
    return found;
  }

  /** The main policy for a flow, or null: also what a sub-policy just found is combined with. */
  @Nullable InstalledPolicy findMain(Direction direction, FlowKey flow, int ifId) {
    search.begin(flow);
    InstalledPolicy found = index(direction, PolicyType.MAIN).search(ifId, search);
    passOver(search.passedOver());
    return found;
  }

  private void passOver(@Nullable InstalledPolicy again) {
    passedOver = passedOver == null ? again : passedOver;
  }

  /**
   * The first policy that demands protection and that the last searches passed over, for its label,
   * before they came to what they found; null if there was none.
   */
  @Nullable InstalledPolicy passedOver() {
    return passedOver;
  }

  private PolicyIndex index(InstalledPolicy policy) {
    return index(policy.policy.direction(), policy.policy.type());
  }

  private PolicyIndex index(Direction direction, PolicyType type) {
    return indexes[direction.ordinal()][type.ordinal()];
  }

  boolean none(Direction direction) {
    return count(direction) == 0;
  }

  /** How many policies of both types a direction has. */
  int count(Direction direction) {
    return index(direction, PolicyType.MAIN).count() + index(direction, PolicyType.SUB).count();
  }

  void defaultAction(Direction direction, Policy.Action action) {
    defaults.put(direction, action);
    routeGeneration++;
  }

  boolean blocksByDefault(Direction direction) {
    return defaults.get(direction) == Policy.Action.BLOCK;
  }

  /** Raised by every insertion. */
  long routeGeneration() {
    return routeGeneration;
  }

  /** A direction's policies in the order of search: sub-policies first. Sorts them anew. */
  List<InstalledPolicy> inOrder(Direction direction) {
    List<InstalledPolicy> ordered = new ArrayList<>(count(direction));
    for (InstalledPolicy policy : byIndex.values()) {
      if (policy.policy.direction() == direction) {
        ordered.add(policy);
      }
    }
    ordered.sort(
        Comparator.comparing((InstalledPolicy policy) -> policy.policy.type())
            .reversed()
            .thenComparingLong(policy -> policy.rank));
    return List.copyOf(ordered);
  }

  /** All policies in the order of first installation. */
  List<InstalledPolicy> all() {
    return List.copyOf(byIndex.values());
  }
}
