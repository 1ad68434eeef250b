package org.larval.xfrm.grammar;

import org.larval.xfrm.Lifetimes;

/** The {@code limit} clauses of {@code ip xfrm}. */
final class LimitGrammar {
  private final Words words;
  private long softBytes = Lifetimes.INFINITE;
  private long hardBytes = Lifetimes.INFINITE;
  private long softPackets = Lifetimes.INFINITE;
  private long hardPackets = Lifetimes.INFINITE;
  private long softAdd = Lifetimes.INFINITE;
  private long hardAdd = Lifetimes.INFINITE;
  private long softUse = Lifetimes.INFINITE;
  private long hardUse = Lifetimes.INFINITE;

  LimitGrammar(Words words) {
    this.words = words;
  }

  /** Takes {@code limit KIND NUMBER}. */
  void limit() {
    words.next("limit");
    String expected =
        "expected time-soft, time-hard, time-use-soft, time-use-hard, byte-soft, byte-hard,"
            + " packet-soft or packet-hard";
    String kind = words.peek();
    switch (kind) {
      case "time-soft" -> softAdd = after();
      case "time-hard" -> hardAdd = after();
      case "time-use-soft" -> softUse = after();
      case "time-use-hard" -> hardUse = after();
      case "byte-soft" -> softBytes = after();
      case "byte-hard" -> hardBytes = after();
      case "packet-soft" -> softPackets = after();
      case "packet-hard" -> hardPackets = after();
      default -> throw words.unknown(expected);
    }
  }

  private long after() {
    String kind = words.next("a limit");
    long value = words.number(kind, -1L);
    // XFRM_INF, and for times 0, mean no limit.
    boolean none = value < 0 || value == 0 && kind.startsWith("time");
    return none ? Lifetimes.INFINITE : value;
  }

  Lifetimes lifetimes() {
    return new Lifetimes(
        softBytes, hardBytes, softPackets, hardPackets, softAdd, hardAdd, softUse, hardUse);
  }
}
