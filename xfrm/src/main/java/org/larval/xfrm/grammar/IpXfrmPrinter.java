package org.larval.xfrm.grammar;

import java.util.Collection;
import java.util.Locale;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Policy;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.Template;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.transform.IpsecTransform;
import org.larval.xfrm.transform.SaParameters;

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
    if (state.transform() instanceof IpsecTransform esp) {
      esp(esp);
    }
    mark(state.mark());
    if (state.transform() instanceof IpsecTransform esp) {
      SaParameters parameters = esp.parameters();
      protection(parameters.protection());
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

  private void protection(Protection protection) {
    switch (protection) {
      case Protection.Combined aead ->
          line(1, "aead " + aead.algorithm() + " " + HIDDEN + " " + aead.icvBits());
      case Protection.Separate separate -> {
        Protection.Authentication auth = separate.auth();
        if (auth != null) {
          protection(auth);
        }
        line(1, "enc " + separate.algorithm() + " " + HIDDEN);
      }
      case Protection.Authentication auth ->
          line(1, "auth-trunc " + auth.algorithm() + " " + HIDDEN + " " + auth.icvBits());
      case Protection.Compression compression -> line(1, "comp " + compression.algorithm());
    }
  }

  private void esp(IpsecTransform esp) {
    SaParameters parameters = esp.parameters();
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

  private static String hex(long number, SaParameters parameters) {
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
