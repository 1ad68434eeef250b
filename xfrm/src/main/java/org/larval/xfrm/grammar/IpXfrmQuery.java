package org.larval.xfrm.grammar;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.larval.xfrm.Direction;
import org.larval.xfrm.InstalledPolicy;
import org.larval.xfrm.Policy;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.XfrmEngine;

/** Answers {@code get}, {@code list}, {@code count} and {@code getdefault} from an engine. */
public final class IpXfrmQuery {
  private static final String NO_PROCESS = "RTNETLINK answers: No such process\n";
  private static final String NO_FILE = "RTNETLINK answers: No such file or directory\n";

  private final XfrmEngine engine;
  private final ListingFormat format;

  /**
   * Answers about one engine.
   *
   * @param format keys are shown only if it shows them and the command does not say {@code nokeys};
   *     whether there are statistics is up to the command
   */
  public IpXfrmQuery(XfrmEngine engine, ListingFormat format) {
    this.engine = engine;
    this.format = format;
  }

  /** What the tool prints. The newest state or policy comes first. */
  public String answer(IpXfrmCommand.Query query) {
    return switch (query) {
      case IpXfrmCommand.StateGet get -> {
        State state = engine.sad().find(get.id(), get.mark().value());
        yield state == null
            ? NO_PROCESS
            : IpXfrmPrinter.print(state, format.withStatistics(get.statistics()));
      }
      case IpXfrmCommand.StateList list -> states(list);
      case IpXfrmCommand.StateCount count -> IpXfrmPrinter.stateCount(engine.sad().list().size());
      case IpXfrmCommand.PolicyGet get -> policy(get);
      case IpXfrmCommand.PolicyList list -> policies(list);
      case IpXfrmCommand.PolicyCount count ->
          IpXfrmPrinter.policyCount(
              count(Direction.IN), count(Direction.OUT), count(Direction.FWD));
      case IpXfrmCommand.PolicyGetDefault get -> {
        Map<Direction, Policy.Action> actions = new EnumMap<>(Direction.class);
        for (Direction direction : Direction.values()) {
          actions.put(direction, engine.spd().defaultAction(direction));
        }
        yield IpXfrmPrinter.defaults(actions);
      }
    };
  }

  private int count(Direction direction) {
    return engine.spd().inOrder(direction).size();
  }

  private String states(IpXfrmCommand.StateList list) {
    ListingFormat as = format.withStatistics(list.statistics());
    if (list.nokeys()) {
      as = as.withKeys(ListingFormat.Keys.HIDDEN);
    }
    StringBuilder text = new StringBuilder();
    for (State state : engine.sad().list().reversed()) {
      if (list.filter().matches(state)) {
        text.append(IpXfrmPrinter.print(state, as));
      }
    }
    return text.toString();
  }

  private String policies(IpXfrmCommand.PolicyList list) {
    StringBuilder text = new StringBuilder();
    for (InstalledPolicy policy : matching(engine, list.filter()).reversed()) {
      text.append(IpXfrmPrinter.print(policy, format.withStatistics(list.statistics())));
    }
    return text.toString();
  }

  /** The policies that a filter means, oldest first. */
  public static List<InstalledPolicy> matching(XfrmEngine engine, PolicyFilter filter) {
    List<InstalledPolicy> found = new ArrayList<>();
    for (InstalledPolicy policy : engine.spd().list()) {
      if (filter.matches(policy.policy())) {
        found.add(policy);
      }
    }
    return found;
  }

  /**
   * The states that a filter means, oldest first; larval ones without an SPI are not among them.
   */
  public static List<State> matching(XfrmEngine engine, StateFilter filter) {
    List<State> found = new ArrayList<>();
    for (State state : engine.sad().list()) {
      if (state.id().spi() != 0 && filter.matches(state)) {
        found.add(state);
      }
    }
    return found;
  }

  private String policy(IpXfrmCommand.PolicyGet get) {
    Selector selector = get.selector();
    InstalledPolicy found = null;
    if (selector != null) {
      found =
          engine
              .spd()
              .find(
                  new Policy.Identity(
                      get.type(), get.direction(), selector, get.mark(), get.ifId(), get.label()));
    } else {
      for (InstalledPolicy policy : engine.spd().list()) {
        found = policy.policy().index() == get.index() ? policy : found;
      }
    }
    return found == null
        ? NO_FILE
        : IpXfrmPrinter.print(found, format.withStatistics(get.statistics()));
  }
}
