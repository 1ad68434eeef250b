package org.larval.lab.run;

import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Policy;
import org.larval.xfrm.Selector;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.grammar.IpXfrmException;

/** Runs {@code ip xfrm} lines of a lab file on a guest's engine. */
final class IpXfrmLines {
  private final IpXfrm grammar;
  private final Locksmith locksmith;

  IpXfrmLines(Sids sids, Locksmith locksmith) {
    this.locksmith = locksmith;
    grammar = new IpXfrm(context -> sids.sid(SecurityContext.parse(context)));
  }

  /** Complains now about a line that will only be run later. */
  void check(LabFile.Line line) {
    parse(line);
  }

  void run(long now, GuestNode guest, LabFile.Line line) {
    Where where = line.where();
    IpXfrmCommand command = parse(line);
    try {
      Errno answer = run(now, guest, command);
      if (answer != Errno.OK) {
        throw new LabFileException(
            where,
            "'" + line.text() + "' answers " + answer + " (" + answer.text() + ")",
            "the kernel would refuse it too; see what stands in the guest's databases before");
      }
    } catch (IllegalArgumentException problem) {
      throw refused(where, problem);
    }
  }

  private IpXfrmCommand parse(LabFile.Line line) {
    Where where = line.where();
    try {
      return grammar.parse(line.text());
    } catch (IpXfrmException problem) {
      throw new LabFileException(
          new Where(where.file(), where.line(), where.column() + problem.column() - 1),
          problem.problem(),
          problem.remedy());
    } catch (IllegalArgumentException problem) {
      throw refused(where, problem);
    }
  }

  private static LabFileException refused(Where where, IllegalArgumentException problem) {
    return new LabFileException(
        where, String.valueOf(problem.getMessage()), "see 'ip xfrm help' for the grammar");
  }

  private Errno run(long now, GuestNode guest, IpXfrmCommand command) {
    XfrmEngine xfrm = guest.xfrm();
    Effects out = guest.xfrmEffects();
    return switch (command) {
      case IpXfrmCommand.StateAdd add ->
          guest.install(now, add.state(locksmith.maker(guest.name())), add.update());
      case IpXfrmCommand.StateDelete delete ->
          xfrm.delete(now, delete.id(), delete.mark().value(), out);
      case IpXfrmCommand.StateFlush flush -> {
        xfrm.flushStates(now, flush.protocol(), out);
        yield Errno.OK;
      }
      case IpXfrmCommand.PolicyAdd add -> xfrm.addPolicy(now, add.policy(), out);
      case IpXfrmCommand.PolicyUpdate update ->
          xfrm.updatePolicy(now, update.policy(), Lifetimes.NONE, out);
      case IpXfrmCommand.PolicyDelete delete -> {
        Selector selector = delete.selector();
        yield selector == null
            ? xfrm.deletePolicy(now, delete.index(), out)
            : xfrm.deletePolicy(
                now,
                new Policy.Identity(
                    delete.direction(), selector, delete.mark(), delete.ifId(), delete.label()),
                out);
      }
      case IpXfrmCommand.PolicyFlush flush -> {
        xfrm.flushPolicies(now, out);
        yield Errno.OK;
      }
      case IpXfrmCommand.StateList list -> Errno.OK;
      case IpXfrmCommand.PolicyList list -> Errno.OK;
    };
  }
}
