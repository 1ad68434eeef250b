package org.larval.lab.run;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.larval.labels.Decision;
import org.larval.labels.LabelPolicy;
import org.larval.xfrm.InstalledPolicy;
import org.larval.xfrm.Policy;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.State;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.grammar.IpXfrmCommand;

/**
 * Who loads a guest's rules, policies and SAs: the subject of {@code packet relabelto} and {@code
 * association setcontext} (selinux_secmark_relabel_packet, selinux_xfrm_alloc_user,
 * selinux_xfrm_delete).
 *
 * @param sid of its context
 */
record Administrator(int sid, LabelPolicy labels) {

  /** Why rules may not put a mark on packets, or null. */
  Decision.@Nullable Denied relabelto(int mark) {
    return denied(mark, "packet", "relabelto");
  }

  /** Why what has a label may not be added or taken away, or null. */
  Decision.@Nullable Denied setcontext(@Nullable SecurityLabel label) {
    return label == null ? null : denied(label.sid(), "association", "setcontext");
  }

  private Decision.@Nullable Denied denied(int object, String securityClass, String permission) {
    return labels.decide(sid, object, securityClass, permission) instanceof Decision.Denied denied
        ? denied
        : null;
  }

  /** Why a command may not be run, or null. What goes is asked about before anything goes. */
  Decision.@Nullable Denied whyNot(XfrmEngine engine, IpXfrmCommand command) {
    return touched(engine, command).stream()
        .map(this::setcontext)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** The labels of what a command adds or takes away. */
  private static List<SecurityLabel> touched(XfrmEngine engine, IpXfrmCommand command) {
    List<State> states = engine.sad().list();
    Stream<@Nullable SecurityLabel> labels =
        switch (command) {
          case IpXfrmCommand.StateAdd add -> Stream.of(add.label());
          case IpXfrmCommand.StateDelete delete ->
              Stream.of(engine.sad().find(delete.id(), delete.mark().value()))
                  .filter(Objects::nonNull)
                  .map(State::label);
          case IpXfrmCommand.StateDeleteAll all ->
              states.stream().filter(all.filter()::matches).map(State::label);
          case IpXfrmCommand.StateFlush flush ->
              states.stream()
                  .filter(each -> flush.protocol() == 0 || each.id().protocol() == flush.protocol())
                  .map(State::label);
          case IpXfrmCommand.PolicyAdd add -> Stream.of(add.policy().label());
          case IpXfrmCommand.PolicyUpdate update -> Stream.of(update.policy().label());
          case IpXfrmCommand.PolicyDelete delete ->
              delete.selector() != null
                  ? Stream.of(delete.label())
                  : policies(engine)
                      .filter(each -> each.index() == delete.index())
                      .map(Policy::label);
          case IpXfrmCommand.PolicyDeleteAll all ->
              policies(engine).filter(all.filter()::matches).map(Policy::label);
          case IpXfrmCommand.PolicyFlush flush ->
              policies(engine).filter(each -> each.type() == flush.type()).map(Policy::label);
          default -> Stream.of();
        };
    return labels.filter(Objects::nonNull).distinct().toList();
  }

  private static Stream<Policy> policies(XfrmEngine engine) {
    return engine.spd().list().stream().map(InstalledPolicy::policy);
  }
}
