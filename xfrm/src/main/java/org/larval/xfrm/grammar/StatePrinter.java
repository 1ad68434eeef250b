package org.larval.xfrm.grammar;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Encap;
import org.larval.xfrm.Mark;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.crypto.Secret;

/** Prints one state as {@code ip xfrm state} does. */
final class StatePrinter {
  private final Sheet sheet;

  private StatePrinter(ListingFormat format) {
    sheet = new Sheet(format, "");
  }

  /** The state under a title such as {@code Updated}. */
  static String print(String title, ShownState state, ListingFormat format) {
    StatePrinter printer = new StatePrinter(format);
    printer.sheet.raw(title);
    printer.head(state);
    printer.sheet.marks(state.mark(), state.outputMark());
    printer.attributes(state);
    printer.tail(state);
    SecurityLabel label = state.label();
    if (label != null) {
      printer.sheet.label(label);
    }
    return printer.sheet.toString();
  }

  /** What is told of a state that expires: neither keys nor numbers. */
  static String expired(ShownState state, boolean hard, ListingFormat format) {
    StatePrinter printer = new StatePrinter(format);
    printer.sheet.raw("Expired ");
    printer.head(state);
    printer.sheet.marks(state.mark(), Mark.NONE);
    printer.sheet.ifId(state.ifId());
    printer.direction(state.direction());
    printer.tail(state);
    printer.sheet.line("hard " + (hard ? 1 : 0));
    return printer.sheet.toString();
  }

  private void head(ShownState state) {
    sheet.id(
        "\t",
        state.source(),
        state.target(),
        state.protocol(),
        state.spi(),
        state.ipsec(),
        state.reqid(),
        state.mode());
    StringBuilder text = new StringBuilder("replay-window ");
    text.append(state.replay().isLong() ? 0 : state.replay().window()).append(' ');
    int bits = bits(state.flags(), false);
    if (sheet.statistics()) {
      text.append("seq 0x").append("%08d".formatted(Integer.toUnsignedLong(state.sequence())));
      text.append(' ');
    }
    if (sheet.statistics() || bits != 0) {
      text.append("flag ").append(names(state.flags(), false));
    }
    if (sheet.statistics()) {
      if (bits(state.flags(), true) != 0) {
        text.append("extra_flag ").append(names(state.flags(), true));
      }
      text.append(Sheet.mask8(bits));
    }
    sheet.line(text.toString());
  }

  private static int bits(Set<StateFlag> flags, boolean extra) {
    int bits = 0;
    for (StateFlag flag : flags) {
      bits |= flag.extra() == extra ? flag.bit() : 0;
    }
    return bits;
  }

  private static String names(Set<StateFlag> flags, boolean extra) {
    StringBuilder text = new StringBuilder();
    for (StateFlag flag : StateFlag.values()) {
      if (flag.extra() == extra && flags.contains(flag)) {
        text.append(text.isEmpty() ? "" : " ").append(flag.label());
      }
    }
    return text.toString();
  }

  private void attributes(ShownState state) {
    Protection protection = state.protection();
    if (protection != null) {
      protection(protection);
    }
    Encap encap = state.encap();
    if (encap != null) {
      sheet.line(
          "encap type %s sport %d dport %d addr %s"
              .formatted(
                  encap.type().label(), encap.sourcePort(), encap.targetPort(), encap.original()));
    }
    replay(state.replay());
    sheet.ifId(state.ifId());
    if (state.tfcPad() != 0) {
      sheet.line("tfcpad " + state.tfcPad());
    }
    direction(state.direction());
  }

  private void direction(@Nullable Direction direction) {
    if (direction != null) {
      sheet.line("dir " + direction.label());
    }
  }

  private void protection(Protection protection) {
    switch (protection) {
      case Protection.Combined aead ->
          sheet.algorithm("aead", aead.algorithm().label(), aead.key(), " " + aead.icvBits());
      case Protection.Separate separate -> {
        Protection.Authentication auth = separate.auth();
        if (auth != null) {
          protection(auth);
        }
        sheet.algorithm("enc", separate.algorithm().label(), separate.key(), "");
      }
      case Protection.Authentication auth ->
          sheet.algorithm("auth-trunc", auth.algorithm().label(), auth.key(), " " + auth.icvBits());
      case Protection.Compression compression ->
          sheet.algorithm("comp", compression.algorithm().label(), Secret.copyOf(new byte[0]), "");
    }
  }

  private void replay(ShownState.Replay replay) {
    if (!replay.isLong()) {
      sheet.line(
          "anti-replay context: seq 0x%x, oseq 0x%x, bitmap 0x%08x"
              .formatted((int) replay.in(), (int) replay.out(), replay.bits()[0]));
      return;
    }
    sheet.line("anti-replay esn context:");
    sheet.line(
        " seq-hi 0x%x, seq 0x%x, oseq-hi 0x%x, oseq 0x%x"
            .formatted(
                (int) (replay.in() >>> 32),
                (int) replay.in(),
                (int) (replay.out() >>> 32),
                (int) replay.out()));
    int words = replay.bits().length;
    sheet.line(" replay_window " + replay.window() + ", bitmap-length " + words);
    StringBuilder row = new StringBuilder(" ");
    for (int i = 0; i < words; i++) {
      row.append("%08x ".formatted(replay.bits()[words - 1 - i]));
      if (i % 8 == 7 || i == words - 1) {
        sheet.line(row.toString());
        row.setLength(1);
      }
    }
  }

  private void tail(ShownState state) {
    Selector selector = state.selector();
    if (selector != null) {
      sheet.selector("\tsel ", selector);
    }
    if (!sheet.statistics()) {
      return;
    }
    ShownState.Use use = state.use();
    sheet.lifetimes(state.lifetimes(), use.bytes(), use.packets(), use.added(), use.used());
    sheet.line("stats:");
    ShownState.Refused refused = use.refused();
    sheet.line(
        "  replay-window %d replay %d failed %d"
            .formatted(refused.window(), refused.replayed(), refused.integrity()));
  }
}
