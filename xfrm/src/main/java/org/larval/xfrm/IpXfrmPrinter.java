package org.larval.xfrm;

import java.util.Collection;
import java.util.Locale;
import org.larval.wire.IpProtocol;

/** Lists states and policies as {@code ip xfrm} does, with keys hidden. */
public final class IpXfrmPrinter {
  private static final String HIDDEN = "<<Keys hidden>>";

  private final StringBuilder out = new StringBuilder();

  private IpXfrmPrinter() {}

  /** What {@code ip xfrm state list nokeys} prints of one state. */
  public static String print(State state) {
    return new IpXfrmPrinter().state(state).toString();
  }

  /** What {@code ip xfrm policy list} prints of one policy. */
  public static String print(Policy policy) {
    return new IpXfrmPrinter().policy(policy).toString();
  }

  private IpXfrmPrinter state(State state) {
    line(0, "src " + state.source() + " dst " + state.target());
    line(1, id(state.id().protocol(), state.id().spi(), state.reqid(), state.mode()));
    if (state.transform() instanceof EspTransform esp) {
      esp(esp);
    }
    mark(state.mark());
    if (state.transform() instanceof EspTransform esp) {
      EspParameters parameters = esp.parameters();
      line(1, "aead " + parameters.algorithm() + " " + HIDDEN + " " + parameters.icvBits());
      line(
          1,
          "anti-replay context: seq %s, oseq %s"
              .formatted(hex(esp.lastIn(), parameters), hex(esp.lastOut(), parameters)));
      line(
          1,
          "stats: replay-window %d replay %d failed %d"
              .formatted(esp.windowDrops(), esp.replayDrops(), esp.integrityFailures()));
    }
    SecurityLabel label = state.label();
    if (label != null) {
      line(1, "security context " + label);
    }
    ifId(state.ifId());
    Direction direction = state.direction();
    if (direction != null) {
      line(1, "dir " + direction.label());
    }
    Selector selector = state.selector();
    if (selector != null) {
      line(1, "sel " + selector);
    }
    return this;
  }

  private void esp(EspTransform esp) {
    EspParameters parameters = esp.parameters();
    line(
        1,
        "replay-window "
            + parameters.replayWindow()
            + flags(" flag ", esp.flags(), false)
            + flags(" extra_flag ", esp.flags(), true));
  }

  private static String flags(String prefix, Collection<StateFlag> flags, boolean extra) {
    StringBuilder text = new StringBuilder();
    for (StateFlag flag : flags) {
      if (flag.extra() == extra) {
        text.append(text.isEmpty() ? prefix : " ").append(flag.label());
      }
    }
    return text.toString();
  }

  private static String hex(long number, EspParameters parameters) {
    return parameters.extended()
        ? "0x%x, hi 0x%x".formatted((int) number, (int) (number >>> 32))
        : "0x%x".formatted((int) number);
  }

  private IpXfrmPrinter policy(Policy policy) {
    line(0, policy.selector().toString());
    SecurityLabel label = policy.label();
    if (label != null) {
      line(1, "security context " + label);
    }
    String action =
        policy.action() == Policy.Action.ALLOW
            ? ""
            : " action " + policy.action().name().toLowerCase(Locale.ROOT);
    line(
        1,
        "dir "
            + policy.direction().label()
            + action
            + (policy.index() == 0 ? "" : " index " + Integer.toUnsignedString(policy.index()))
            + " priority "
            + Integer.toUnsignedString(policy.priority()));
    mark(policy.mark());
    for (Template template : policy.templates()) {
      line(1, "tmpl src " + template.source() + " dst " + template.target());
      line(2, id(template.protocol(), template.spi(), template.reqid(), template.mode()));
      if (template.optional()) {
        line(2, "level use");
      }
    }
    ifId(policy.ifId());
    return this;
  }

  private static String id(int protocol, int spi, int reqid, Mode mode) {
    return "proto "
        + IpProtocol.name(protocol)
        + (spi == 0 ? "" : " spi 0x%08x".formatted(spi))
        + " reqid "
        + Integer.toUnsignedString(reqid)
        + " mode "
        + mode.label();
  }

  private void mark(Mark mark) {
    if (!mark.equals(Mark.NONE)) {
      line(1, "mark 0x%x/0x%x".formatted(mark.value(), mark.mask()));
    }
  }

  private void ifId(int ifId) {
    if (ifId != 0) {
      line(1, "if_id 0x%x".formatted(ifId));
    }
  }

  private void line(int depth, String text) {
    out.append("\t".repeat(depth)).append(text).append('\n');
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
