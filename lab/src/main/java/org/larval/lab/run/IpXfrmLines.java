package org.larval.lab.run;

import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.xfrm.InstalledPolicy;
import org.larval.xfrm.Policy;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.grammar.Devices;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.grammar.IpXfrmException;
import org.larval.xfrm.grammar.IpXfrmQuery;
import org.larval.xfrm.grammar.PolicyFilter;
import org.larval.xfrm.grammar.StateFilter;

/** Runs {@code ip xfrm} lines of a lab file on a guest's engine. */
final class IpXfrmLines {
  /** How often a free SPI is guessed; after so many Linux's look through the range. */
  private static final int GUESSES = 256;

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
    XfrmEngine xfrm = guest.xfrm();
    Effects out = guest.xfrmEffects();
    return switch (command) {
      case IpXfrmCommand.StateAdd add -> {
        var state = add.state(locksmith.maker(guest.name()));
        yield add.update() ? xfrm.update(now, state, out) : xfrm.install(now, state, out);
      }
      case IpXfrmCommand.StateAllocSpi alloc -> allocate(now, xfrm, alloc);
      case IpXfrmCommand.StateDelete delete ->
          xfrm.delete(now, delete.id(), delete.mark().value(), out);
      case IpXfrmCommand.StateDeleteAll all -> deleteStates(now, xfrm, all.filter(), out);
      case IpXfrmCommand.StateFlush flush -> {
        if (flush.protocol() == 0) {
          xfrm.flushStates(now, out);
          yield Errno.OK;
        }
        StateFilter filter =
            new StateFilter(null, null, null, flush.protocol(), null, null, null, Set.of());
        yield deleteStates(now, xfrm, filter, out);
      }
      case IpXfrmCommand.PolicyAdd add -> xfrm.addPolicy(now, add.policy(), add.lifetimes(), out);
      case IpXfrmCommand.PolicyUpdate update ->
          xfrm.updatePolicy(now, update.policy(), update.lifetimes(), out);
      case IpXfrmCommand.PolicyDelete delete -> {
        Selector selector = delete.selector();
        yield selector == null
            ? xfrm.deletePolicy(now, delete.index(), out)
            : xfrm.deletePolicy(
                now,
                new Policy.Identity(
                    delete.type(),
                    delete.direction(),
                    selector,
                    delete.mark(),
                    delete.ifId(),
                    delete.label()),
                out);
      }
      case IpXfrmCommand.PolicyDeleteAll all -> deletePolicies(now, xfrm, all.filter(), out);
      case IpXfrmCommand.PolicyFlush flush -> {
        boolean mixed =
            xfrm.policies().stream().anyMatch(policy -> policy.policy().type() != flush.type());
        if (!mixed) {
          xfrm.flushPolicies(now, out);
          yield Errno.OK;
        }
        PolicyFilter filter =
            new PolicyFilter(
                null, PolicyFilter.Flows.ANY, null, null, flush.type(), null, null, Set.of());
        yield deletePolicies(now, xfrm, filter, out);
      }
      case IpXfrmCommand.PolicySetDefault set -> {
        set.actions().forEach((way, action) -> xfrm.defaultAction(now, way, action, out));
        yield Errno.OK;
      }
      // They change how a kernel looks, not what it finds.
      case IpXfrmCommand.PolicyThresholds set -> Errno.OK;
      case IpXfrmCommand.Query query -> throw new AssertionError(query);
      case IpXfrmCommand.Monitor monitor -> throw new AssertionError(monitor);
    };
  }

  /** Guesses SPIs as xfrm_alloc_spi does; a range of one is not guessed. */
  private Errno allocate(long now, XfrmEngine xfrm, IpXfrmCommand.StateAllocSpi alloc) {
    long low = Integer.toUnsignedLong(alloc.min());
    long span = Integer.toUnsignedLong(alloc.max()) - low + 1;
    for (int guess = 0; guess < GUESSES; guess++) {
      long spi = span <= GUESSES ? low + guess : low + spis.nextLong(span);
      if (guess >= span) {
        break;
      }
      State.Id id = new State.Id(alloc.target(), (int) spi, alloc.protocol());
      if (xfrm.state(id, alloc.mark().value()) == null) {
        return xfrm.reserve(now, alloc.state((int) spi));
      }
    }
    return Errno.ENOENT;
  }

  private static Errno deleteStates(long now, XfrmEngine xfrm, StateFilter filter, Effects out) {
    for (State state : IpXfrmQuery.matching(xfrm, filter)) {
      xfrm.delete(now, state.id(), state.mark().value(), out);
    }
    return Errno.OK;
  }

  private static Errno deletePolicies(long now, XfrmEngine xfrm, PolicyFilter filter, Effects out) {
    for (InstalledPolicy policy : IpXfrmQuery.matching(xfrm, filter)) {
      xfrm.deletePolicy(now, policy.policy().index(), out);
    }
    return Errno.OK;
  }
}
