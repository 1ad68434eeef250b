package org.larval.xfrm.grammar;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntPredicate;
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
import org.larval.xfrm.State;
import org.larval.xfrm.StateFlag;
import org.larval.xfrm.crypto.AeadAlgorithm;
import org.larval.xfrm.crypto.Algorithms;
import org.larval.xfrm.crypto.AuthAlgorithm;
import org.larval.xfrm.crypto.CompAlgorithm;
import org.larval.xfrm.crypto.CryptAlgorithm;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.crypto.Secret;
import org.larval.xfrm.transform.SaParameters;

/** The words after {@code ip xfrm state}. One object reads one line. */
final class StateGrammar {
  private static final String CLAUSES =
      "expected one of src, dst, proto, spi, mode, reqid, seq, aead, replay-window, replay-seq,"
          + " replay-oseq, replay-seq-hi, replay-oseq-hi, flag, extra-flag, mark, if_id, sel, ctx,"
          + " limit, encap, tfcpad, dir";
  private static final List<Mode> MODES = List.of(Mode.TRANSPORT, Mode.TUNNEL, Mode.BEET);

  private final Words words;
  private final String namespace;
  private final Labels labels;

  private @Nullable IpAddress source;
  private @Nullable IpAddress target;
  private int protocol;
  private int spi;
  private Mode mode = Mode.TRANSPORT;
  private int reqid;
  private int sequence;
  private Mark mark = Mark.NONE;
  private int ifId;
  private @Nullable SecurityLabel label;
  private @Nullable Selector selector;
  private @Nullable Direction direction;
  private @Nullable Encap encap;
  private final LimitGrammar limits;
  private final EnumSet<StateFlag> flags = EnumSet.noneOf(StateFlag.class);
  private Protection.@Nullable Combined aead;
  private @Nullable CryptAlgorithm crypt;
  private @Nullable Secret cryptKey;
  private Protection.@Nullable Authentication auth;
  private @Nullable CompAlgorithm comp;
  private int algorithmColumn;
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
        parameters());
  }

  private SaParameters parameters() {
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
    return new SaParameters(
        protection(),
        replayWindow,
        lastIn,
        lastOut,
        flags,
        tfcPad,
        SaParameters.DEFAULT_HOP_LIMIT,
        encap);
  }

  /** The algorithms that go with the protocol (verify_newsa_info). */
  private Protection protection() {
    return switch (protocol) {
      case IpProtocol.ESP -> esp();
      case IpProtocol.AH -> {
        if (aead != null || crypt != null || comp != null) {
          throw misplaced("proto ah", "expected auth or auth-trunc alone");
        }
        yield require(auth, "auth or auth-trunc with proto ah");
      }
      default -> {
        if (aead != null || crypt != null || auth != null) {
          throw misplaced("proto comp", "expected comp deflate alone");
        }
        yield new Protection.Compression(require(comp, "comp deflate with proto comp"));
      }
    };
  }

  private Protection esp() {
    if (comp != null) {
      throw misplaced("proto esp", "expected aead, or enc with auth or auth-trunc");
    }
    if (aead != null) {
      if (crypt != null || auth != null) {
        throw misplaced("aead", "expected aead alone, or enc with auth");
      }
      return aead;
    }
    return new Protection.Separate(
        require(crypt, "an algorithm: aead, or enc with auth or auth-trunc"),
        require(cryptKey, "a key"),
        auth);
  }

  private IpXfrmException misplaced(String beside, String remedy) {
    return new IpXfrmException(
        algorithmColumn, "this algorithm does not go with " + beside, remedy);
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
      case "enc" -> enc();
      case "auth" -> auth(false);
      case "auth-trunc" -> auth(true);
      case "comp" -> {
        String name = algorithm("comp");
        comp = known(name, CompAlgorithm.named(name), List.of("deflate"));
      }
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
        replayWindow = (int) words.number(word, SaParameters.MAX_WINDOW);
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

  private void aead() {
    String name = algorithm("aead");
    AeadAlgorithm algorithm = known(name, AeadAlgorithm.named(name), AeadAlgorithm.labels());
    Secret key = key(algorithm::takesKey, algorithm, algorithm.keyLengthsText());
    int bits = words.u32("the ICV's length in bits");
    if (!algorithm.takesIcv(bits)) {
      throw wrongIcv(bits, algorithm, algorithm.icvText());
    }
    aead = new Protection.Combined(algorithm, key, bits);
  }

  private void enc() {
    String name = algorithm("enc");
    CryptAlgorithm algorithm = known(name, CryptAlgorithm.named(name), CryptAlgorithm.labels());
    cryptKey = key(algorithm::takesKey, algorithm, algorithm.keyLengthsText());
    crypt = algorithm;
  }

  private void auth(boolean truncated) {
    String name = algorithm(truncated ? "auth-trunc" : "auth");
    AuthAlgorithm algorithm = known(name, AuthAlgorithm.named(name), AuthAlgorithm.labels());
    Secret key = key(algorithm::takesKey, algorithm, algorithm.keyLengthsText());
    int bits = truncated ? words.u32("the truncated length in bits") : algorithm.defaultIcvBits();
    if (!algorithm.takesIcv(bits)) {
      throw wrongIcv(bits, algorithm, algorithm.icvText());
    }
    auth = new Protection.Authentication(algorithm, key, bits, truncated);
  }

  private String algorithm(String kind) {
    words.next(kind);
    String name = words.next("the algorithm's name");
    algorithmColumn = words.lastColumn();
    return name;
  }

  private <T> T known(String name, @Nullable T algorithm, List<String> names) {
    if (algorithm == null) {
      String refusal = Algorithms.refusal(name);
      throw words.wrong(
          refusal == null ? "unknown algorithm" : refusal,
          "this house has '" + String.join("', '", names) + "'");
    }
    return algorithm;
  }

  private Secret key(IntPredicate fits, Object algorithm, String lengths) {
    byte[] bytes = keyBytes(words.next("the key, like 0x0123..."));
    Secret key = Secret.copyOf(bytes);
    Arrays.fill(bytes, (byte) 0);
    if (!fits.test(key.length())) {
      throw words.wrong("a key of " + key.length() + " bytes", algorithm + " takes " + lengths);
    }
    return key;
  }

  private IpXfrmException wrongIcv(int bits, Object algorithm, String sizes) {
    return words.wrong(
        "an ICV of " + Integer.toUnsignedString(bits) + " bits", algorithm + " takes " + sizes);
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
    Encap.Type type = words.choice("encap", List.of(Encap.Type.values()), Encap.Type::label);
    int from = (int) words.number("the source port", 65_535);
    int to = (int) words.number("the destination port", 65_535);
    encap = new Encap(type, from, to, words.address("the original address"));
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
