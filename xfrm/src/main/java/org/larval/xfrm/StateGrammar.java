package org.larval.xfrm;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;

/** The words after {@code ip xfrm state}. One object reads one line. */
final class StateGrammar {
  private static final String CLAUSES =
      "expected one of src, dst, proto, spi, mode, reqid, seq, aead, replay-window, replay-seq,"
          + " replay-oseq, replay-seq-hi, replay-oseq-hi, flag, extra-flag, mark, if_id, sel, ctx,"
          + " limit, encap, tfcpad, dir";
  private static final List<Mode> MODES = List.of(Mode.TRANSPORT, Mode.TUNNEL);
  private static final String SUPPORTED =
      "this house supports: aead '" + String.join("', '", AeadAlgorithm.labels()) + "' KEY ICV";

  private final Words words;
  private final String namespace;
  private final Labels labels;

  private @Nullable IpAddress source;
  private @Nullable IpAddress target;
  private int protocol;
  private int protocolColumn;
  private int spi;
  private Mode mode = Mode.TRANSPORT;
  private int reqid;
  private int sequence;
  private Mark mark = Mark.NONE;
  private int ifId;
  private @Nullable SecurityLabel label;
  private @Nullable Selector selector;
  private @Nullable Direction direction;
  private IpXfrmCommand.@Nullable Encap encap;
  private final LimitGrammar limits;
  private final EnumSet<StateFlag> flags = EnumSet.noneOf(StateFlag.class);
  private @Nullable AeadAlgorithm algorithm;
  private @Nullable Secret key;
  private int icvBits;
  private int replayWindow;
  private int windowColumn;
  private int numbersColumn;
  private long lastIn;
  private long lastOut;
  private int tfcPad;
  private int tfcColumn;

  StateGrammar(Words words, String namespace, Labels labels) {
    this.words = words;
    this.namespace = namespace;
    this.labels = labels;
    limits = new LimitGrammar(words);
  }

  IpXfrmCommand add(boolean update) {
    while (!words.done()) {
      if (!identityClause() && !addClause()) {
        throw words.unknown(CLAUSES);
      }
    }
    IpAddress from = require(source, "src and an address");
    IpAddress to = require(target, "dst and an address");
    requireProtocolAndSpi();
    if (protocol != IpProtocol.ESP) {
      throw new IpXfrmException(
          protocolColumn,
          "proto " + IpProtocol.name(protocol) + " is not built yet",
          "expected proto esp");
    }
    if (!flags.contains(StateFlag.AF_UNSPEC) && selector == null) {
      selector = Selector.between(Prefix.any(to.v6()), Prefix.any(to.v6()));
    }
    return new IpXfrmCommand.StateAdd(
        namespace,
        update,
        from,
        to,
        protocol,
        spi,
        mode,
        reqid,
        sequence,
        mark,
        ifId,
        selector,
        label,
        direction,
        limits.lifetimes(),
        encap,
        parameters());
  }

  private EspParameters parameters() {
    AeadAlgorithm cipher = require(algorithm, "an algorithm; " + SUPPORTED);
    boolean extended = flags.contains(StateFlag.ESN);
    if (extended && replayWindow == 0) {
      throw new IpXfrmException(
          windowColumn == 0 ? words.column() : windowColumn,
          "flag esn without a replay window",
          "expected replay-window with 1 to 4096");
    }
    if (!extended && ((lastIn | lastOut) >>> 32) != 0) {
      throw new IpXfrmException(
          numbersColumn, "a sequence number over 32 bits", "expected flag esn with it");
    }
    if (tfcPad != 0 && mode != Mode.TUNNEL) {
      throw new IpXfrmException(
          tfcColumn, "tfcpad in mode transport", "expected mode tunnel with it");
    }
    return new EspParameters(
        cipher,
        require(key, "a key"),
        icvBits,
        replayWindow,
        lastIn,
        lastOut,
        flags,
        tfcPad,
        EspParameters.DEFAULT_HOP_LIMIT);
  }

  IpXfrmCommand delete() {
    while (!words.done()) {
      if (!identityClause()) {
        throw words.unknown("expected one of src, dst, proto, spi, mark");
      }
    }
    IpAddress to = require(target, "dst and an address");
    requireProtocolAndSpi();
    return new IpXfrmCommand.StateDelete(namespace, new State.Id(to, spi, protocol), mark);
  }

  IpXfrmCommand flush() {
    if (words.take("proto")) {
      protocol = words.xfrmProtocol();
    }
    words.expectEnd();
    return new IpXfrmCommand.StateFlush(namespace, protocol);
  }

  private boolean identityClause() {
    if (words.take("src")) {
      source = address("src", target);
    } else if (words.take("dst")) {
      target = address("dst", source);
    } else if (words.take("proto")) {
      protocol = words.xfrmProtocol();
      protocolColumn = words.lastColumn();
    } else if (words.take("spi")) {
      spi = words.u32("the SPI");
      if (spi == 0) {
        throw words.wrong("spi 0 is reserved", "expected 0x100 to 0xffffffff");
      }
    } else if (words.take("mark")) {
      mark = words.mark();
    } else {
      return false;
    }
    return true;
  }

  private boolean addClause() {
    String word = words.peek();
    switch (word) {
      case "enc", "auth", "auth-trunc", "comp" -> refuseAlgorithm();
      case "offload", "coa", "output-mark", "pcpu-num" ->
          throw new IpXfrmException(
              words.column(), word + " is not built yet", "leave " + word + " out");
      default -> {
        return knownClause();
      }
    }
    return true;
  }

  private boolean knownClause() {
    String word = words.peek();
    switch (word) {
      case "mode" -> {
        words.next(word);
        mode = words.choice("mode", MODES, Mode::label);
      }
      case "reqid" -> reqid = numberAfter(word);
      case "seq" -> sequence = numberAfter(word);
      case "if_id" -> ifId = numberAfter(word);
      case "aead" -> aead();
      case "replay-window" -> {
        words.next(word);
        replayWindow = (int) words.number(word, ReplayWindow.MAX_SIZE);
        windowColumn = words.lastColumn();
      }
      case "replay-seq" -> lastIn = lastIn & ~0xffff_ffffL | lowAfter(word);
      case "replay-oseq" -> lastOut = lastOut & ~0xffff_ffffL | lowAfter(word);
      case "replay-seq-hi" -> lastIn = lastIn & 0xffff_ffffL | lowAfter(word) << 32;
      case "replay-oseq-hi" -> lastOut = lastOut & 0xffff_ffffL | lowAfter(word) << 32;
      case "flag" -> flags(false);
      case "extra-flag" -> flags(true);
      case "sel" -> sel();
      case "ctx" -> {
        words.next(word);
        label = labels.read(words);
      }
      case "limit" -> limits.limit();
      case "encap" -> encap();
      case "tfcpad" -> {
        words.next(word);
        tfcPad = (int) words.number(word, 65_000);
        tfcColumn = words.lastColumn();
      }
      case "dir" -> {
        words.next(word);
        direction = words.choice("dir", List.of(Direction.IN, Direction.OUT), Direction::label);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private int numberAfter(String word) {
    words.next(word);
    return words.u32(word);
  }

  private long lowAfter(String word) {
    words.next(word);
    long number = words.number(word, 0xffff_ffffL);
    numbersColumn = words.lastColumn();
    return number;
  }

  private void refuseAlgorithm() {
    words.next("an algorithm");
    String name = words.next("the algorithm's name");
    throw words.wrong("algorithm '" + name + "' is not built yet", SUPPORTED);
  }

  private void aead() {
    words.next("aead");
    String name = words.next("the algorithm's name");
    AeadAlgorithm cipher = AeadAlgorithm.named(name);
    if (cipher == null) {
      throw words.wrong("algorithm '" + name + "' is not built yet", SUPPORTED);
    }
    algorithm = cipher;
    byte[] bytes = keyBytes(words.next("the key, like 0x0123..."));
    key = Secret.copyOf(bytes);
    Arrays.fill(bytes, (byte) 0);
    if (!cipher.takesKey(bytes.length)) {
      throw words.wrong(
          "a key of " + bytes.length + " bytes", cipher + " takes " + cipher.keyLengthsText());
    }
    icvBits = words.u32("the ICV's length in bits");
    if (!cipher.takesIcv(icvBits)) {
      throw words.wrong(
          "an ICV of " + Integer.toUnsignedString(icvBits) + " bits",
          cipher + " takes " + cipher.icvText());
    }
  }

  /** Hex after 0x, else the characters themselves. Never repeats the key in an error. */
  private byte[] keyBytes(String text) {
    if (!text.startsWith("0x") && !text.startsWith("0X")) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    try {
      return HexFormat.of().parseHex(text, 2, text.length());
    } catch (IllegalArgumentException e) {
      throw new IpXfrmException(
          words.lastColumn(), "the key is not hexadecimal", "expected 0x and pairs of 0-9, a-f");
    }
  }

  private void flags(boolean extra) {
    List<String> names =
        Arrays.stream(StateFlag.values())
            .filter(flag -> flag.extra() == extra)
            .map(StateFlag::label)
            .toList();
    words.next("flag");
    StateFlag flag = StateFlag.named(words.peek(), extra);
    if (flag == null) {
      throw words.unknown("expected one of " + String.join(", ", names));
    }
    while (flag != null) {
      if (flag == StateFlag.OSEQ_MAY_WRAP) {
        throw words.unknown("a nonce would be used twice, leave it out");
      }
      flags.add(flag);
      words.next("a flag");
      flag = StateFlag.named(words.peek(), extra);
    }
  }

  private void sel() {
    words.next("sel");
    SelectorGrammar grammar = new SelectorGrammar(words);
    while (grammar.clause()) {
      // takes all it can
    }
    if (!grammar.given()) {
      throw words.unknown("expected src, dst or proto after sel");
    }
    selector = grammar.selector(target != null && target.v6());
  }

  private void encap() {
    words.next("encap");
    String type = words.choice("encap", List.of("espinudp", "espintcp"), name -> name);
    int from = (int) words.number("the source port", 65_535);
    int to = (int) words.number("the destination port", 65_535);
    encap = new IpXfrmCommand.Encap(type, from, to, words.address("the original address"));
  }

  private IpAddress address(String word, @Nullable IpAddress other) {
    IpAddress address = words.address(word);
    if (other != null && other.v6() != address.v6()) {
      throw words.wrong(
          address + " and " + other + " are of different families",
          "expected both IPv4 or both IPv6");
    }
    return address;
  }

  private void requireProtocolAndSpi() {
    if (protocol == 0) {
      throw words.unknown("expected proto esp");
    }
    if (spi == 0) {
      throw words.unknown("expected spi and 0x100 to 0xffffffff");
    }
  }

  private <T> T require(@Nullable T value, String expected) {
    if (value == null) {
      throw words.unknown("expected " + expected);
    }
    return value;
  }
}
