package org.larval.xfrm.grammar;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Encap;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Selector;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.transform.SaParameters;

/** The words after {@code ip xfrm state add} and {@code update}. One object reads one line. */
final class StateGrammar {
  private static final String CLAUSES =
      "expected one of src, dst, proto, spi, mode, reqid, seq, aead, enc, auth, auth-trunc, comp,"
          + " replay-window, replay-seq, replay-oseq, replay-seq-hi, replay-oseq-hi, flag,"
          + " extra-flag, mark, output-mark, if_id, sel, ctx, limit, encap, tfcpad, dir, offload,"
          + " nat-keepalive-interval";

  private final Words words;
  private final IpXfrm.Line line;
  private final IdGrammar id;
  private final AlgorithmGrammar algorithms;
  private final LimitGrammar limits;

  private Mode mode = Mode.TRANSPORT;
  private int modeColumn;
  private int reqid;
  private int sequence;
  private Mark outputMark = Mark.NONE;
  private int ifId;
  private @Nullable SecurityLabel label;
  private @Nullable Selector selector;
  private int selectorColumn;
  private @Nullable Direction direction;
  private @Nullable Encap encap;
  private int encapColumn;
  private final EnumSet<StateFlag> flags = EnumSet.noneOf(StateFlag.class);
  private int replayWindow;
  private int windowColumn;
  private int numbersColumn;
  private long lastIn;
  private long lastOut;
  private int tfcPad;
  private int tfcColumn;
  private int natKeepaliveInterval;
  private int keepaliveColumn;

  StateGrammar(Words words, IpXfrm.Line line) {
    this.words = words;
    this.line = line;
    id = new IdGrammar(words);
    algorithms = new AlgorithmGrammar(words);
    limits = new LimitGrammar(words);
  }

  IpXfrmCommand.StateAdd add(boolean update) {
    while (!words.done()) {
      boolean taken = id.clause(false) || id.mark() || algorithms.clause() || clause();
      if (!taken) {
        throw words.unknown(CLAUSES);
      }
    }
    IpAddress from = id.source();
    IpAddress to = id.target();
    int protocol = id.protocol();
    int spi = id.spi();
    Protection protection = algorithms.protection(protocol);
    checkProtocol(protocol);
    return new IpXfrmCommand.StateAdd(
        line.namespace(),
        update,
        from,
        to,
        protocol,
        spi,
        mode,
        reqid,
        sequence,
        id.markGiven(),
        outputMark,
        ifId,
        selectorFor(to),
        label,
        direction,
        keepalive(protocol),
        limits.lifetimes(),
        parameters(protection));
  }

  /** Linux keeps translators awake only from that end (__xfrm_init_state). */
  private int keepalive(int protocol) {
    boolean fits =
        protocol == IpProtocol.ESP
            && direction == Direction.OUT
            && encap != null
            && encap.type() == Encap.Type.ESPINUDP;
    if (natKeepaliveInterval != 0 && !fits) {
      throw new IpXfrmException(
          keepaliveColumn,
          "nat-keepalive-interval of an SA that is not outbound in UDP",
          "expected encap espinudp and dir out with it");
    }
    return natKeepaliveInterval;
  }

  /** What a protocol excludes (verify_newsa_info, verify_replay, ah_init_state and the like). */
  private void checkProtocol(int protocol) {
    if (protocol == IpProtocol.ESP) {
      return;
    }
    String name = "proto " + ProtocolNames.ofSa(protocol);
    if (mode == Mode.BEET) {
      throw new IpXfrmException(
          modeColumn, "mode beet with " + name, "expected mode transport or tunnel");
    }
    if (encap != null) {
      throw new IpXfrmException(encapColumn, "encap with " + name, "expected encap with proto esp");
    }
    if (tfcPad != 0) {
      throw new IpXfrmException(tfcColumn, "tfcpad with " + name, "expected it with proto esp");
    }
    boolean longWindow = replayWindow > 32 || flags.contains(StateFlag.ESN);
    if (protocol == IpProtocol.IPCOMP && longWindow) {
      throw new IpXfrmException(
          windowColumn, "a long replay window with " + name, "expected at most 32 and no flag esn");
    }
  }

  private @Nullable Selector selectorFor(IpAddress to) {
    Selector given = selector;
    if (given == null) {
      boolean both = flags.contains(StateFlag.AF_UNSPEC);
      return both ? null : Selector.between(Prefix.any(to.v6()), Prefix.any(to.v6()));
    }
    if (given.v6() != to.v6() && !mode.isTunnel()) {
      throw new IpXfrmException(
          selectorColumn,
          "a selector of another family in mode " + mode.label(),
          "expected mode tunnel, or addresses of the family of src and dst");
    }
    return given;
  }

  private SaParameters parameters(Protection protection) {
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
          tfcColumn, "tfcpad in mode " + mode.label(), "expected mode tunnel with it");
    }
    return new SaParameters(
        protection,
        replayWindow,
        lastIn,
        lastOut,
        flags,
        tfcPad,
        SaParameters.DEFAULT_HOP_LIMIT,
        encap);
  }

  private boolean clause() {
    String word = words.peek();
    switch (word) {
      case "mode" -> {
        words.next(word);
        mode = IdGrammar.mode(words);
        modeColumn = words.lastColumn();
      }
      case "reqid" -> reqid = numberAfter(word);
      case "seq" -> sequence = numberAfter(word);
      case "if_id" -> ifId = numberAfter(word);
      case "output-mark" -> outputMark();
      case "sel" -> sel();
      case "ctx" -> {
        words.next(word);
        label = line.labels().read(words);
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
        direction = direction(words);
      }
      case "offload" -> offload();
      // Not in iproute2, which has no word for XFRMA_NAT_KEEPALIVE_INTERVAL.
      case "nat-keepalive-interval" -> {
        natKeepaliveInterval = numberAfter(word);
        keepaliveColumn = words.lastColumn();
      }
      case "coa" ->
          throw words.unknown(
              "coa is of mobile IPv6, which this house does not have; leave it out");
      case "pcpu-num" ->
          throw words.unknown("guests have one processor and share its SAs; leave pcpu-num out");
      default -> {
        return replayClause();
      }
    }
    return true;
  }

  private boolean replayClause() {
    String word = words.peek();
    switch (word) {
      case "replay-window" -> {
        words.next(word);
        replayWindow = (int) words.number(word, SaParameters.MAX_WINDOW);
        windowColumn = words.lastColumn();
      }
      case "replay-seq" -> lastIn = lastIn & ~0xffff_ffffL | lowAfter(word);
      case "replay-oseq" -> lastOut = lastOut & ~0xffff_ffffL | lowAfter(word);
      case "replay-seq-hi" -> lastIn = lastIn & 0xffff_ffffL | lowAfter(word) << 32;
      case "replay-oseq-hi" -> lastOut = lastOut & 0xffff_ffffL | lowAfter(word) << 32;
      case "flag" -> flags(words, false, flags);
      case "extra-flag" -> flags(words, true, flags);
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

  /** Takes {@code in} or {@code out}. */
  static Direction direction(Words words) {
    return words.choice("dir", List.of(Direction.IN, Direction.OUT), Direction::label);
  }

  /** Takes the list of flags after {@code flag} or {@code extra-flag}. */
  static void flags(Words words, boolean extra, EnumSet<StateFlag> into) {
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
      into.add(flag);
      words.next("a flag");
      flag = StateFlag.named(words.peek(), extra);
    }
  }

  /** {@code output-mark V [mask M]}: all bits are set if no mask is given (xfrm_smark_init). */
  private void outputMark() {
    words.next("output-mark");
    int value = words.u32("the output mark");
    int mask = words.take("mask") ? words.u32("the output mark's mask") : 0;
    outputMark = new Mark(value, mask == 0 && value != 0 ? -1 : mask);
  }

  private void sel() {
    words.next("sel");
    selectorColumn = words.lastColumn();
    SelectorGrammar grammar = new SelectorGrammar(words, line.devices());
    while (grammar.clause()) {
      // takes all it can
    }
    if (!grammar.given()) {
      throw words.unknown("expected src, dst, dev, proto, sport or dport after sel");
    }
    Prefix to = id.targetPrefix();
    selector = grammar.selector(to == null ? line.v6() : to.address().v6());
  }

  private void encap() {
    words.next("encap");
    encapColumn = words.lastColumn();
    if (words.peek().equals("espinudp-nonike")) {
      throw words.unknown("Linux 6.12 has it no more; expected espinudp");
    }
    Encap.Type type = words.choice("encap", List.of(Encap.Type.values()), Encap.Type::label);
    int from = (int) words.number("the source port", 65_535);
    int to = (int) words.number("the destination port", 65_535);
    encap = new Encap(type, from, to, words.address("the original address"));
  }

  /**
   * {@code offload [crypto|packet] dev D dir in|out}. No device of a lab computes ESP, so that
   * crypto offload stays in software, as Linux has it, and packet offload is refused.
   */
  private void offload() {
    words.next("offload");
    if (words.peek().equals("packet")) {
      throw words.unknown("no device of a lab can do it; leave offload packet out");
    }
    words.take("crypto");
    if (!words.take("dev")) {
      throw words.unknown("expected dev and a device");
    }
    String name = words.next("the name of a device");
    if (line.devices().index(name) == 0) {
      throw words.wrong("no device '" + name + "'", "expected a device of this guest");
    }
    if (!words.take("dir")) {
      throw words.unknown("expected dir in or dir out");
    }
    direction(words);
  }
}
