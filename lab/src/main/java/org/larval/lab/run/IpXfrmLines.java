package org.larval.lab.run;

import java.util.List;
import java.util.random.RandomGenerator;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.labels.Decision;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;
import org.larval.packet.Errno;
import org.larval.xfrm.grammar.Devices;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.grammar.IpXfrmException;
import org.larval.xfrm.grammar.IpXfrmRunner;
import org.larval.xfrm.transform.StateMaker;

/** Runs {@code ip xfrm} lines of a lab file on a guest's engine. */
final class IpXfrmLines {
  private final Sids sids;
  private final Locksmith locksmith;
  private final RandomGenerator spis;

  /**
   * A runner.
   *
   * @param spis chooses among SPIs for allocspi
   */
  IpXfrmLines(Sids sids, Locksmith locksmith, RandomGenerator spis) {
    this.sids = sids;
    this.locksmith = locksmith;
    this.spis = spis;
  }

  /** Complains now about a line that will only be run later. */
  void check(GuestNode guest, LabFile.Line line) {
    parse(guest, line);
  }

  void run(long now, GuestNode guest, LabFile.Line line) {
    Where where = line.where();
    IpXfrmCommand command = parse(guest, line);
    Administrator administrator = guest.administrator();
    Decision.Denied denied =
        administrator == null ? null : administrator.whyNot(guest.xfrm(), command);
    if (denied != null) {
      throw new LabFileException(
          where,
          "'" + line.text() + "' answers EACCES (Permission denied): " + reason(denied),
          denied.remedy());
    }
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

  /** What was denied and why; the remedy stands beside it. */
  static String reason(Decision.Denied denied) {
    return "denied { %s } scontext=%s tcontext=%s tclass=%s: %s"
        .formatted(
            denied.permission(),
            denied.source(),
            denied.target(),
            denied.securityClass(),
            denied.cause());
  }

  private IpXfrmCommand parse(GuestNode guest, LabFile.Line line) {
    Where where = line.where();
    try {
      IpXfrm grammar =
          new IpXfrm(context -> sids.sid(SecurityContext.parse(context)), devices(guest));
      IpXfrmCommand command = grammar.parse(line.text());
      refuseQuestions(where, command);
      return command;
    } catch (IpXfrmException problem) {
      throw new LabFileException(
          new Where(where.file(), where.line(), where.column() + problem.column() - 1),
          problem.problem(),
          problem.remedy());
    } catch (IllegalArgumentException problem) {
      throw refused(where, problem);
    }
  }

  private static void refuseQuestions(Where where, IpXfrmCommand command) {
    boolean question =
        command instanceof IpXfrmCommand.Query || command instanceof IpXfrmCommand.Monitor;
    if (question) {
      throw new LabFileException(
          where,
          "a line that only asks; nobody reads the answer in a lab file",
          "leave it out, or write a command that changes something, like add or flush");
    }
  }

  private static Devices devices(GuestNode guest) {
    List<LabFile.Nic> nics = guest.file().nics();
    return new Devices() {
      @Override
      public int index(String name) {
        for (int i = 0; i < nics.size(); i++) {
          if (nics.get(i).name().equals(name)) {
            return i + 1;
          }
        }
        return 0;
      }

      @Override
      public String name(int index) {
        return nics.get(index - 1).name();
      }
    };
  }

  private static LabFileException refused(Where where, IllegalArgumentException problem) {
    return new LabFileException(
        where, String.valueOf(problem.getMessage()), "see 'ip xfrm help' for the grammar");
  }

  private Errno run(long now, GuestNode guest, IpXfrmCommand command) {
    StateMaker maker = locksmith.maker(guest.name());
    if (command instanceof IpXfrmCommand.StateAdd add) {
      return guest.install(now, add.state(maker), add.update());
    }
    return new IpXfrmRunner(guest.xfrm(), maker, spis).run(now, command, guest.xfrmEffects());
  }
}
