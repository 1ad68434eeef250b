package org.larval.xfrm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;

/**
 * Moves policies and states to other endpoints (xfrm_migrate): first everything is found and tried,
 * then everything is done, so that a failure leaves all as it was.
 */
final class Migrator {
  private final StateDatabase states;
  private final StateClock clock;
  private final PolicyDatabase policies;
  private final FlowKey flow = new FlowKey();

  /** The policy that the last migration was about, as it was and as it is. */
  @Nullable InstalledPolicy before;

  @Nullable InstalledPolicy after;

  /** The states that the last migration made. */
  final List<State> made = new ArrayList<>();

  Migrator(StateDatabase states, StateClock clock, PolicyDatabase policies) {
    this.states = states;
    this.clock = clock;
    this.policies = policies;
  }

  /** See {@link XfrmEngine#migrate}. */
  Errno migrate(
      long now,
      Selector selector,
      Direction direction,
      List<Migration> migrations,
      @Nullable Encap encap,
      int ifId) {
    before = null;
    after = null;
    made.clear();
    Errno checked = check(migrations);
    if (checked != Errno.OK) {
      return checked;
    }
    InstalledPolicy policy = policies.findMain(direction, flow(selector), ifId);
    if (policy == null) {
      return Errno.ENOENT;
    }
    List<State> old = new ArrayList<>();
    for (Migration migration : migrations) {
      State state = states.migrating(migration, ifId);
      if (state != null) {
        State fresh = moved(state, migration, encap);
        if (fresh == null) {
          discard(old);
          return Errno.ENODATA;
        }
        old.add(state);
        made.add(fresh);
      }
    }
    List<Template> templates = new ArrayList<>();
    int concerned = 0;
    for (Template template : policy.policy.templates()) {
      Template result = template;
      for (Migration migration : migrations) {
        if (migration.concerns(result)) {
          concerned++;
          if (result.mode().isTunnel()) {
            result = between(result, migration);
          }
        }
      }
      templates.add(result);
    }
    if (concerned == 0) {
      discard(old);
      return Errno.ENODATA;
    }
    for (int i = 0; i < old.size(); i++) {
      replace(now, old.get(i), made.get(i));
    }
    before = policy;
    after = replace(now, policy, templates);
    return Errno.OK;
  }

  /** Nothing comes of it: the copies of keys go, the states that they are copies of stay. */
  private void discard(List<State> old) {
    for (int i = 0; i < made.size(); i++) {
      Transform copy = made.get(i).transform();
      if (copy != null && !copy.equals(old.get(i).transform())) {
        copy.erase();
      }
    }
    made.clear();
  }

  /** xfrm_migrate_check. */
  private static Errno check(List<Migration> migrations) {
    if (migrations.isEmpty() || migrations.size() > Packet.MAX_TRANSFORMS) {
      return Errno.EINVAL;
    }
    for (int i = 0; i < migrations.size(); i++) {
      Migration migration = migrations.get(i);
      if (migration.newSource().isAny()
          || migration.newTarget().isAny()
          || migration.newSource().v6() != migration.newTarget().v6()
          || migration.oldSource().v6() != migration.oldTarget().v6()) {
        return Errno.EINVAL;
      }
      for (int j = i + 1; j < migrations.size(); j++) {
        if (migration.collides(migrations.get(j))) {
          return Errno.EINVAL;
        }
      }
    }
    return Errno.OK;
  }

  /** The flow that stands for a selector (xfrm_migrate_policy_find, Linux 6.12). */
  private FlowKey flow(Selector selector) {
    IpAddress source = selector.source().address();
    IpAddress target = selector.target().address();
    flow.addresses(source, target);
    boolean any = selector.protocol() == 0;
    flow.ports(
        selector.protocol(), any ? 0 : selector.sourcePort(), any ? 0 : selector.targetPort());
    flow.oif = any ? 0 : selector.ifindex();
    flow.mark = 0;
    flow.label = 0;
    return flow;
  }

  /** The same SA between the new peers, not installed; null if that cannot be. */
  private @Nullable State moved(State state, Migration migration, @Nullable Encap encap) {
    Transform transform = state.transform();
    if (transform == null || state.lifecycle == State.Lifecycle.ACQ) {
      return null;
    }
    boolean newFamily = migration.newTarget().v6() != state.v6;
    Selector selector = state.selector();
    if (newFamily && !state.mode().isTunnel() && !fits(state, selector, !state.v6)) {
      return null;
    }
    StateBuilder moved = state.between(migration.newSource(), migration.newTarget());
    if (encap != null) {
      moved.encap(encap);
    }
    State fresh = moved.build();
    if (!migration.newTarget().equals(state.target()) && states.duplicateOf(fresh) != null) {
      return null;
    }
    Transform going = transform.moved(fresh);
    return going == null ? null : moved.transform(going).build();
  }

  /** In transport mode what is carried has the SA's own family (xfrm_init_state). */
  private static boolean fits(State state, @Nullable Selector selector, boolean v6) {
    return selector == null ? state.flags().contains(StateFlag.AF_UNSPEC) : selector.v6() == v6;
  }

  private void replace(long now, State old, State fresh) {
    State larval = fresh.sequence() == 0 ? null : states.answeredBy(fresh, false);
    Transform own = old.transform();
    if (own != null && own.equals(fresh.transform())) {
      old.yieldTransform();
    }
    fresh.continues(old);
    states.bumpGenerations(fresh);
    states.reinsert(fresh, State.Lifecycle.VALID);
    clock.start(now, fresh);
    states.remove(old);
    if (larval != null) {
      states.remove(larval);
    }
  }

  private static Template between(Template template, Migration migration) {
    return new Template(
        migration.newSource(),
        migration.newTarget(),
        template.spi(),
        template.protocol(),
        template.reqid(),
        template.mode(),
        template.optional());
  }

  private InstalledPolicy replace(long now, InstalledPolicy old, List<Template> templates) {
    InstalledPolicy fresh =
        policies.insert(now, old.policy.withTemplates(templates), old.lifetimes);
    fresh.addTime = old.addTime;
    fresh.useTime = old.useTime;
    return fresh;
  }
}
