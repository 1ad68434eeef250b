package org.larval.lab.reach;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFile.Guest;
import org.larval.lab.file.LabFile.Protection;
import org.larval.lab.file.Where;
import org.larval.lab.run.Protections;
import org.larval.labels.policydb.PolicyContext;
import org.larval.packet.FlowKey;
import org.larval.wire.IpAddress;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Policy;

/**
 * Which xfrm policies of {@code protect:} are for a packet, guest by guest, in the order in which
 * the kernel asks them.
 */
final class Coverage {
  private final Map<String, List<Rule>> rules = new LinkedHashMap<>();
  private final Set<String> labeled = new LinkedHashSet<>();
  private final Set<Integer> protocols = new LinkedHashSet<>();
  private final FlowKey flow = new FlowKey();

  /** How contexts of the lab file are read. */
  @FunctionalInterface
  interface Contexts {
    PolicyContext context(Where where, String label);
  }

  /**
   * A policy of a guest.
   *
   * @param label its context, or null
   * @param line of the entry in the lab file
   */
  record Rule(Policy policy, @Nullable PolicyContext label, int line) {
    /** Whether packets may not go without protection. */
    boolean required() {
      return policy.templates().stream().anyMatch(template -> !template.optional());
    }
  }

  Coverage(LabFile lab, Contexts contexts) {
    for (Protection each : Protections.in(lab)) {
      Guest from = Objects.requireNonNull(lab.guests().get(each.from()));
      Guest to = Objects.requireNonNull(lab.guests().get(each.to()));
      String text = each.label();
      PolicyContext label = text == null ? null : contexts.context(each.where(), text);
      if (label != null) {
        labeled.add(each.from());
        labeled.add(each.to());
      }
      protocols.addAll(each.protocols());
      for (Protections.Placed placed : Protections.of(each, from, to, null)) {
        rules
            .computeIfAbsent(placed.guest(), name -> new ArrayList<>())
            .add(new Rule(placed.policy(), label, each.where().line()));
      }
    }
    // the sort is stable: of equal priorities the older comes first
    Comparator<Rule> first = Comparator.comparingLong(rule -> rule.policy().priority());
    rules.values().forEach(list -> list.sort(first));
  }

  /** Policies for a packet, the first to be asked first. */
  List<Rule> matching(
      Guest guest, Direction direction, IpAddress source, IpAddress target, int protocol) {
    flow.addresses(source, target);
    flow.protocol = protocol;
    return rules.getOrDefault(guest.name(), List.of()).stream()
        .filter(rule -> rule.policy().direction() == direction)
        .filter(rule -> rule.policy().selector().matches(flow))
        .toList();
  }

  /** Whether a guest has labeled policies or SAs: only then its kernel checks peers. */
  boolean labeled(Guest guest) {
    return labeled.contains(guest.name());
  }

  /** Protocols that policies name. */
  Set<Integer> protocols() {
    return protocols;
  }
}
