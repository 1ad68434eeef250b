package org.larval.xfrm.grammar;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Encap;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Policy;
import org.larval.xfrm.PolicyFlag;
import org.larval.xfrm.PolicyType;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.Template;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.crypto.Secret;

/**
 * Writes states and policies as the lines of {@code ip xfrm} that add them: {@link IpXfrm} reads
 * the same again. Keys are in them.
 */
public final class IpXfrmWriter {
  private static final Pattern PLAIN = Pattern.compile("[\\w:.,/@%+-]+");

  private final StringBuilder line;
  private final Devices devices;

  private IpXfrmWriter(String begin, Devices devices) {
    line = new StringBuilder(begin);
    this.devices = devices;
  }

  /** The line that adds a state as it is now: with its keys and where its numbers are. */
  public static String line(State state, Devices devices) {
    return new IpXfrmWriter("ip xfrm state add", devices)
        .state(ShownState.of(state), state.sequence());
  }

  /** The line that adds this state. */
  static String line(IpXfrmCommand.StateAdd add, Devices devices) {
    return new IpXfrmWriter("ip xfrm state " + (add.update() ? "update" : "add"), devices)
        .state(ShownState.of(add, 0), add.sequence());
  }

  /** The line that adds a policy under the index that it has. */
  public static String line(Policy policy, Lifetimes lifetimes, Devices devices) {
    return new IpXfrmWriter("ip xfrm policy add", devices).policy(policy, lifetimes);
  }

  private String state(ShownState state, int sequence) {
    add("src", state.source());
    add("dst", state.target());
    add("proto", ProtocolNames.ofSa(state.protocol()));
    add("spi", Sheet.hex(state.spi()));
    add("mode", state.mode().label());
    number("reqid", state.reqid());
    number("seq", sequence);
    Protection protection = state.protection();
    if (protection != null) {
      protection(protection);
    }
    replay(state.replay());
    flags(state, false);
    flags(state, true);
    mark("mark", state.mark());
    mark("output-mark", state.outputMark());
    number("if_id", state.ifId());
    label(state.label());
    limits(state.lifetimes());
    Encap encap = state.encap();
    if (encap != null) {
      add("encap", encap.type().label());
      line.append(' ').append(encap.sourcePort()).append(' ').append(encap.targetPort());
      line.append(' ').append(encap.original());
    }
    number("tfcpad", state.tfcPad());
    Direction direction = state.direction();
    if (direction != null) {
      add("dir", direction.label());
    }
    Selector selector = state.selector();
    if (selector != null) {
      line.append(" sel");
      selector(selector);
    }
    return line.toString();
  }

  private void protection(Protection protection) {
    switch (protection) {
      case Protection.Combined aead -> {
        algorithm("aead", aead.algorithm().label(), aead.key());
        line.append(' ').append(aead.icvBits());
      }
      case Protection.Separate separate -> {
        algorithm("enc", separate.algorithm().label(), separate.key());
        Protection.Authentication auth = separate.auth();
        if (auth != null) {
          protection(auth);
        }
      }
      case Protection.Authentication auth -> {
        algorithm(auth.truncated() ? "auth-trunc" : "auth", auth.algorithm().label(), auth.key());
        if (auth.truncated()) {
          line.append(' ').append(auth.icvBits());
        }
      }
      case Protection.Compression compression -> add("comp", compression.algorithm().label());
    }
  }

  private void algorithm(String kind, String name, Secret key) {
    byte[] bytes = key.getEncoded();
    line.append(' ').append(kind).append(" '").append(name).append("' ");
    line.append(bytes.length == 0 ? "''" : "0x" + HexFormat.of().formatHex(bytes));
    Arrays.fill(bytes, (byte) 0);
  }

  private void replay(ShownState.Replay replay) {
    number("replay-window", replay.window());
    number("replay-seq", (int) replay.in());
    number("replay-seq-hi", (int) (replay.in() >>> 32));
    number("replay-oseq", (int) replay.out());
    number("replay-oseq-hi", (int) (replay.out() >>> 32));
  }

  private void flags(ShownState state, boolean extra) {
    boolean first = true;
    for (StateFlag flag : StateFlag.values()) {
      if (flag.extra() == extra && state.flags().contains(flag)) {
        line.append(first ? extra ? " extra-flag" : " flag" : "").append(' ').append(flag.label());
        first = false;
      }
    }
  }

  private String policy(Policy policy, Lifetimes lifetimes) {
    selector(policy.selector());
    add("dir", policy.direction().label());
    label(policy.label());
    mark("mark", policy.mark());
    number("index", policy.index());
    if (policy.type() == PolicyType.SUB) {
      add("ptype", "sub");
    }
    if (policy.action() == Policy.Action.BLOCK) {
      add("action", "block");
    }
    number("priority", policy.priority());
    for (PolicyFlag flag : policy.flags()) {
      if (flag != PolicyFlag.CPU_ACQUIRE) {
        add("flag", flag.label());
      }
    }
    number("if_id", policy.ifId());
    limits(lifetimes);
    for (Template template : policy.templates()) {
      add("tmpl src", template.source());
      add("dst", template.target());
      add("proto", ProtocolNames.ofSa(template.protocol()));
      number("spi", template.spi());
      number("reqid", template.reqid());
      add("mode", template.mode().label());
      if (template.optional()) {
        add("level", "use");
      }
    }
    return line.toString();
  }

  private void selector(Selector selector) {
    ListingFormat plain = ListingFormat.PLAIN.withDevices(devices);
    line.append(' ').append(Sheet.words(selector, plain).strip());
  }

  private void limits(Lifetimes limits) {
    limit("byte-soft", limits.softBytes());
    limit("byte-hard", limits.hardBytes());
    limit("packet-soft", limits.softPackets());
    limit("packet-hard", limits.hardPackets());
    limit("time-soft", limits.softAdd());
    limit("time-hard", limits.hardAdd());
    limit("time-use-soft", limits.softUse());
    limit("time-use-hard", limits.hardUse());
  }

  private void limit(String kind, long limit) {
    if (limit != Lifetimes.INFINITE) {
      line.append(String.format(Locale.ROOT, " limit %s %d", kind, limit));
    }
  }

  private void mark(String word, Mark mark) {
    if ((mark.value() | mark.mask()) != 0) {
      add(word, Sheet.hex(mark.value()));
      add("mask", Sheet.hex(mark.mask()));
    }
  }

  private void label(@Nullable SecurityLabel label) {
    if (label != null) {
      add("ctx", quoted(label.toString()));
    }
  }

  /** One word, whatever is in it. */
  private static String quoted(String text) {
    return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\"'\"'") + "'";
  }

  private void number(String word, int value) {
    if (value != 0) {
      add(word, Integer.toUnsignedString(value));
    }
  }

  private void add(String word, Object value) {
    line.append(' ').append(word).append(' ').append(value);
  }
}
