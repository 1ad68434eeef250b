package org.larval.lab.ike;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Policy;
import org.larval.xfrm.Spd;

/**
 * Policies that several pairs of SAs want at a time: a pair and the one that replaces it, or a trap
 * and what it has caught. The newest owner decides; when the last one goes, the policy goes.
 */
final class PolicyShelf {
  private final Spd spd;
  private final Map<Policy.Identity, Map<Long, Policy>> wanted = new LinkedHashMap<>();

  PolicyShelf(Spd spd) {
    this.spd = spd;
  }

  /** Puts a policy in for an owner. */
  Errno put(long now, long owner, Policy policy, Effects out) {
    Map<Long, Policy> owners =
        wanted.computeIfAbsent(policy.identity(), identity -> new LinkedHashMap<>());
    boolean same = !owners.isEmpty() && newest(owners).equals(policy);
    owners.remove(owner);
    owners.put(owner, policy);
    return same ? Errno.OK : spd.update(now, policy, Lifetimes.NONE, out);
  }

  private static Policy newest(Map<Long, Policy> owners) {
    return new ArrayList<>(owners.values()).getLast();
  }

  /** Takes all policies of an owner out, as far as nobody else wants them. */
  void drop(long now, long owner, Effects out) {
    for (Map.Entry<Policy.Identity, Map<Long, Policy>> one : List.copyOf(wanted.entrySet())) {
      Map<Long, Policy> owners = one.getValue();
      if (owners.isEmpty() || !owners.containsKey(owner)) {
        continue;
      }
      Policy before = newest(owners);
      owners.remove(owner);
      Errno errno = Errno.OK;
      if (owners.isEmpty()) {
        wanted.remove(one.getKey());
        errno = spd.delete(now, one.getKey(), out);
      } else if (!newest(owners).equals(before)) {
        errno = spd.update(now, newest(owners), Lifetimes.NONE, out);
      }
      assert errno == Errno.OK : errno;
    }
  }
}
