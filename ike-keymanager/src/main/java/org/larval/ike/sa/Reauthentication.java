package org.larval.ike.sa;

import java.util.List;
import org.larval.ike.config.Child;

/**
 * Authenticates again with a new IKE SA and new children (RFC 7296 section 2.8.3): either the new
 * ones first, so that no packet is lost, or the old ones away first, as small peers want it.
 */
final class Reauthentication {
  private Reauthentication() {}

  static void begin(Turn turn, IkeSa old) {
    if (old.state() != IkeSa.State.ESTABLISHED || old.life().fading()) {
      return;
    }
    List<Child> children =
        old.children().stream().filter(ChildSa::alive).map(ChildSa::config).distinct().toList();
    old.log(turn, "authenticates again");
    if (old.host.settings().makeBeforeBreak()) {
      Starter.successor(turn, old, children);
      return;
    }
    old.requests()
        .add(
            turn,
            IkeDelete.then(
                old,
                "to authenticate again",
                later ->
                    Starter.ike(
                        later, old.host, old.connection(), children, old.local(), old.remote())));
  }
}
