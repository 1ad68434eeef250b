package org.larval.lab.reach;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFile.Guest;
import org.larval.lab.file.LabFileException;
import org.larval.lab.run.SecmarkLine;
import org.larval.labels.PolicyTextException;
import org.larval.labels.Sids;
import org.larval.labels.policydb.PolicyContext;
import org.larval.secmark.SecmarkChain;
import org.larval.secmark.SecmarkRule;
import org.larval.secmark.SecmarkTable;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/**
 * Which marks a packet can have in a guest. Ports and netfilter marks are the sender's choice, so a
 * rule that asks for them may fit or not; one that asks for nothing else than what the packet is,
 * fits, and takes the place of all marks before it.
 */
final class Marks {
  private final Map<String, SecmarkTable> tables = new LinkedHashMap<>();
  private final Coverage.Contexts contexts;
  private final PolicyContext unlabeled;

  /** What rules see of a packet; its ESP has other addresses and another protocol. */
  record Look(IpAddress source, IpAddress target, int protocol) {}

  Marks(LabFile lab, Coverage.Contexts contexts, PolicyContext unlabeled) {
    this.contexts = contexts;
    this.unlabeled = unlabeled;
    lab.guests().values().forEach(guest -> tables.put(guest.name(), table(guest)));
  }

  private static SecmarkTable table(Guest guest) {
    SecmarkTable table = new SecmarkTable(new Sids());
    for (LabFile.Line line : guest.secmark()) {
      SecmarkLine rule = SecmarkLine.of(line);
      try {
        table.load(rule.chain(), rule.text());
      } catch (PolicyTextException problem) {
        throw new LabFileException(line.where(), problem.wrong(), "write " + problem.right());
      }
    }
    return table;
  }

  private SecmarkTable of(Guest guest) {
    return Objects.requireNonNull(tables.get(guest.name()));
  }

  /** Whether a guest has any rule: only then its kernel checks packets. */
  boolean active(Guest guest) {
    return of(guest).active();
  }

  /** Protocols that rules name. */
  Set<Integer> protocols() {
    Set<Integer> named = new LinkedHashSet<>();
    for (SecmarkTable table : tables.values()) {
      for (SecmarkChain chain : SecmarkChain.values()) {
        for (SecmarkRule rule : table.rules(chain)) {
          if (rule.protocol() != SecmarkRule.ANY_PROTOCOL) {
            named.add(rule.protocol());
          }
        }
      }
    }
    return named;
  }

  /**
   * All marks that are possible after these chains, the likeliest last.
   *
   * @param looks what the packet looks like, each time that it goes through the chains
   */
  Set<PolicyContext> possible(Guest guest, List<Look> looks, SecmarkChain... chains) {
    Set<PolicyContext> all = new LinkedHashSet<>();
    all.add(unlabeled);
    for (Look look : looks) {
      for (SecmarkChain chain : chains) {
        for (SecmarkRule rule : of(guest).rules(chain)) {
          if (mayFit(rule, look)) {
            if (rule.sourcePort() == null && rule.targetPort() == null && rule.markMask() == 0) {
              all.clear();
            }
            all.add(contexts.context(guest.where(), rule.context().toString()));
          }
        }
      }
    }
    return all;
  }

  private static boolean mayFit(SecmarkRule rule, Look look) {
    return (rule.version() == 0 || rule.version() == look.source().version())
        && (rule.protocol() == SecmarkRule.ANY_PROTOCOL || rule.protocol() == look.protocol())
        && holds(rule.source(), look.source())
        && holds(rule.target(), look.target());
  }

  private static boolean holds(@Nullable Prefix net, IpAddress address) {
    return net == null || net.contains(address);
  }
}
