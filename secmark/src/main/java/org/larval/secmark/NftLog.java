package org.larval.secmark;

/** Reads counters and what {@code log} is told. Logs change no packet: they are left out. */
final class NftLog {
  private final NftCursor in;

  NftLog(NftCursor in) {
    this.in = in;
  }

  Statement counter(NftTable table) {
    in.take();
    if (in.accept("name")) {
      NftToken where = in.peek();
      String name = in.take().text();
      if (!table.counters.contains(name)) {
        throw in.wrong(
            where, "table " + table.title() + " has no counter '" + name + "'", "add the counter");
      }
    } else if (in.accept("packets")) {
      number();
      in.expect("bytes", "write 'bytes' and a number");
      number();
    }
    return new Statement.Counter();
  }

  private void number() {
    if (!in.atWord() || in.peek().text().length() > 20 || !isDigits(in.peek().text())) {
      throw in.unexpected("write a number");
    }
    in.take();
  }

  private static boolean isDigits(String text) {
    return text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** Logs change no packet: read and left out. */
  void log() {
    in.take();
    while (in.atWord()) {
      switch (in.peek().text()) {
        case "prefix" -> {
          in.take();
          if (in.text("the prefix").length() > 127) {
            throw in.wrong("the prefix is too long", "use at most 127 characters");
          }
        }
        case "level" -> {
          in.take();
          switch (in.word("a level such as info")) {
            case "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit" -> {}
            default -> {
              in.goTo(in.place() - 1);
              throw in.unexpected("write a level such as warn or info");
            }
          }
        }
        case "group", "snaplen", "queue-threshold" -> {
          in.take();
          number();
        }
        case "flags" -> {
          in.take();
          do {
            logFlags();
          } while (in.accept(","));
        }
        default -> {
          return;
        }
      }
    }
  }

  private void logFlags() {
    NftToken where = in.peek();
    switch (in.word("flags of log, such as all")) {
      case "all", "skuid", "ether" -> {}
      case "ip" -> in.expect("options", "write 'ip options'");
      case "tcp" -> {
        do {
          if (!in.accept("sequence")) {
            in.expect("options", "write 'tcp sequence,options'");
          }
        } while (in.at(",")
            && (in.peek(1).is("sequence") || in.peek(1).is("options"))
            && in.accept(","));
      }
      default -> throw in.wrong(where, where + " is no flag of log", "write all");
    }
  }
}
