package org.larval.xfrm.grammar;

import java.util.Set;
import java.util.random.RandomGenerator;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.xfrm.InstalledPolicy;
import org.larval.xfrm.Policy;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.transform.StateMaker;

/** Does in an engine what a line of {@code ip xfrm} asks for. */
public final class IpXfrmRunner {
  private final XfrmEngine engine;
  private final StateMaker maker;
  private final RandomGenerator spis;

  /**
   * A runner for one engine.
   *
   * @param spis chooses among SPIs for allocspi
   */
  public IpXfrmRunner(XfrmEngine engine, StateMaker maker, RandomGenerator spis) {
    this.engine = engine;
    this.maker = maker;
    this.spis = spis;
  }

  /**
   * Runs a command.
   *
   * @return what the kernel would answer; OK for a question, which changes nothing
   * @throws IllegalArgumentException in words for the user, as {@link StateMaker#state}
   */
  public Errno run(long now, IpXfrmCommand command, Effects out) {
    return switch (command) {
      case IpXfrmCommand.StateAdd add -> {
        var state = add.state(maker);
        yield add.update()
            ? engine.sad().update(now, state, out)
            : engine.sad().install(now, state, out);
      }
      case IpXfrmCommand.StateAllocSpi alloc ->
          engine
              .sad()
              .allocateSpi(
                  now,
                  alloc.state(0),
                  Integer.toUnsignedLong(alloc.min()),
                  Integer.toUnsignedLong(alloc.max()),
                  spis)
              .errno();
      case IpXfrmCommand.StateDelete delete ->
          engine.sad().delete(now, delete.id(), delete.mark().value(), out);
      case IpXfrmCommand.StateDeleteAll all -> deleteStates(now, all.filter(), out);
      case IpXfrmCommand.StateFlush flush -> {
        engine.sad().flush(now, flush.protocol(), out);
        yield Errno.OK;
      }
      case IpXfrmCommand.PolicyAdd add -> engine.spd().add(now, add.policy(), add.lifetimes(), out);
      case IpXfrmCommand.PolicyUpdate update ->
          engine.spd().update(now, update.policy(), update.lifetimes(), out);
      case IpXfrmCommand.PolicyDelete delete -> {
        Selector selector = delete.selector();
        yield selector == null
            ? engine.spd().delete(now, delete.index(), out)
            : engine
                .spd()
                .delete(
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
      case IpXfrmCommand.PolicyDeleteAll all -> deletePolicies(now, all.filter(), out);
      case IpXfrmCommand.PolicyFlush flush -> {
        boolean mixed =
            engine.spd().list().stream().anyMatch(policy -> policy.policy().type() != flush.type());
        if (!mixed) {
          engine.spd().flush(now, out);
          yield Errno.OK;
        }
        PolicyFilter filter =
            new PolicyFilter(
                null, PolicyFilter.Flows.ANY, null, null, flush.type(), null, null, Set.of());
        yield deletePolicies(now, filter, out);
      }
      case IpXfrmCommand.PolicySetDefault set -> {
        set.actions().forEach((way, action) -> engine.spd().defaultAction(now, way, action, out));
        yield Errno.OK;
      }
      // They change how a kernel looks, not what it finds.
      case IpXfrmCommand.PolicyThresholds set -> Errno.OK;
      case IpXfrmCommand.Query query -> Errno.OK;
      case IpXfrmCommand.Monitor monitor -> Errno.OK;
    };
  }

  private Errno deleteStates(long now, StateFilter filter, Effects out) {
    for (State state : IpXfrmQuery.matching(engine, filter)) {
      engine.sad().delete(now, state.id(), state.mark().value(), out);
    }
    return Errno.OK;
  }

  private Errno deletePolicies(long now, PolicyFilter filter, Effects out) {
    for (InstalledPolicy policy : IpXfrmQuery.matching(engine, filter)) {
      engine.spd().delete(now, policy.policy().index(), out);
    }
    return Errno.OK;
  }
}
