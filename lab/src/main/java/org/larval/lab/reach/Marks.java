package org.larval.lab.reach;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.larval.lab.file.GuestRules;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFile.Guest;
import org.larval.labels.Sids;
import org.larval.labels.policydb.PolicyContext;
import org.larval.secmark.LabelSource;
import org.larval.secmark.NfHook;
import org.larval.secmark.Ruleset;
import org.larval.wire.IpAddress;

/**
 * Which marks a packet can have in a guest. Ports, marks and connections are the sender's choice,
 * so a rule that asks for them may fit or not; one that asks for nothing else than what the packet
 * is, fits, and takes the place of all marks before it.
 */
final class Marks {
  private final Map<String, Ruleset> rules = new LinkedHashMap<>();
  private final Sids sids = new Sids();
  private final Coverage.Contexts contexts;
  private final PolicyContext unlabeled;

  /** What rules see of a packet; its ESP has other addresses and another protocol. */
  record Look(IpAddress source, IpAddress target, int protocol) {}

  Marks(LabFile lab, Coverage.Contexts contexts, PolicyContext unlabeled) {
    this.contexts = contexts;
    this.unlabeled = unlabeled;
    for (Guest guest : lab.guests().values()) {
      rules.put(guest.name(), GuestRules.of(guest, LabelSource.of(sids)));
    }
  }

  private Ruleset of(Guest guest) {
    return Objects.requireNonNull(rules.get(guest.name()));
  }

  /** Whether a guest has any rule that gives labels: only then its kernel checks packets. */
  boolean active(Guest guest) {
    return of(guest).active();
  }

  /** Protocols that rules name. */
  Set<Integer> protocols() {
    Set<Integer> named = new LinkedHashSet<>();
    rules.values().forEach(each -> named.addAll(each.protocols()));
    return named;
  }

  /**
   * All marks that are possible after these hooks, the likeliest last.
   *
   * @param looks what the packet looks like, each time that it goes through the hooks
   */
  Set<PolicyContext> possible(Guest guest, List<Look> looks, NfHook... hooks) {
    Set<Integer> marks = Set.of(Sids.NONE);
    for (Look look : looks) {
      for (NfHook hook : hooks) {
        marks = of(guest).possible(hook, marks, look.source(), look.target(), look.protocol());
      }
    }
    Set<PolicyContext> all = new LinkedHashSet<>();
    for (int mark : marks) {
      all.add(
          mark == Sids.NONE
              ? unlabeled
              : contexts.context(guest.where(), sids.context(mark).toString()));
    }
    return all;
  }
}
