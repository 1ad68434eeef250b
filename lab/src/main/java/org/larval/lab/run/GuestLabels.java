package org.larval.lab.run;

import java.util.List;
import java.util.StringJoiner;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.larval.cipso.LabelDictionary;
import org.larval.cipso.NetLabel;
import org.larval.cipso.NetLabelHooks;
import org.larval.cipso.PolicyDictionary;
import org.larval.cipso.SidDictionary;
import org.larval.cipso.grammar.NetlabelException;
import org.larval.cipso.grammar.NetlabelRunner;
import org.larval.guest.GuestStack;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.lab.selinux.OptionChecks;
import org.larval.lab.selinux.Selinux;
import org.larval.labels.Sids;

/**
 * Gives a guest's stack its security module: SELinux with NetLabel, or a kernel without a policy.
 */
final class GuestLabels {
  private final LabFile file;
  private final Sids sids;
  private final @Nullable PolicyInForce policy;

  GuestLabels(LabFile file, Sids sids, @Nullable PolicyInForce policy) {
    this.file = file;
    this.sids = sids;
    this.policy = policy;
  }

  /**
   * Installs it.
   *
   * @param marks whether any rule sets marks
   * @param labeledXfrm whether any xfrm policy or state has a label
   */
  void install(
      LabFile.Guest guest, GuestStack stack, BooleanSupplier marks, BooleanSupplier labeledXfrm) {
    List<String> nics = guest.nics().stream().map(LabFile.Nic::name).toList();
    PolicyInForce inForce = policy;
    LabelDictionary dictionary =
        inForce == null
            ? new SidDictionary(sids, SidDictionary.NETMSG)
            : new PolicyDictionary(inForce.live(), sids);
    NetLabelHooks hooks =
        new NetLabelHooks(configured(guest, dictionary), nics, stack::parameterProblem);
    stack.securityModule(
        inForce != null && runsSelinux(guest)
            ? new Selinux(stack, inForce.labels(), nics, hooks, marks, labeledXfrm)
            : new OptionChecks(hooks));
  }

  /** A guest is without SELinux if nothing on it has a label: as before a policy is loaded. */
  private boolean runsSelinux(LabFile.Guest guest) {
    return guest.label() != null
        || guest.administrator() != null
        || !guest.netlabel().isEmpty()
        || file.traffic().stream()
            .anyMatch(flow -> flow.from().equals(guest.name()) && flow.label() != null);
  }

  private static NetLabel configured(LabFile.Guest guest, LabelDictionary dictionary) {
    NetLabel netLabel = new NetLabel(dictionary);
    guest.sysctls().forEach(netLabel::set);
    StringJoiner text = new StringJoiner("\n");
    guest.netlabel().forEach(line -> text.add(line.text()));
    try {
      new NetlabelRunner(netLabel).load(text.toString());
    } catch (NetlabelException problem) {
      Where where = guest.netlabel().get(problem.line() - 1).where();
      throw new LabFileException(
          new Where(where.file(), where.line(), where.column() + problem.column() - 1),
          problem.problem(),
          problem.remedy());
    }
    return netLabel;
  }
}
