package org.larval.lab.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFile.Traffic;
import org.larval.lab.file.Units;
import org.larval.net.Impairments;
import org.larval.net.JitterShape;
import org.larval.net.Loss;
import org.larval.wire.IpProtocol;

/** A lab's parts in words, as short as its file. */
final class LabWords {
  private LabWords() {}

  /** {@code 400 × 64 bytes, one every 5 ms, to 10.0.0.2 port 5000}. */
  static String traffic(Traffic traffic) {
    String to = " to " + traffic.target();
    String what =
        switch (traffic.kind()) {
          case Traffic.Udp udp ->
              times(udp.count(), udp.size() + " bytes", udp.every())
                  + to
                  + " port "
                  + udp.port()
                  + (udp.connected() ? ", connected socket" : "")
                  + (udp.diesOnEagain() ? ", dies on EAGAIN" : "");
          case Traffic.Ping ping -> times(ping.count(), ping.size() + " bytes", ping.every()) + to;
          case Traffic.TcpEcho tcp ->
              "connect" + to + " port " + tcp.port() + ", then " + tcp.exchanges() + " echoes";
          case Traffic.TcpBulk bulk ->
              "connect" + to + " port " + bulk.port() + ", then " + bulk.bytes() + " bytes";
          case Traffic.Dns dns -> times(dns.count(), "query", dns.every()) + to;
        };
    String label = traffic.label();
    return what
        + (traffic.start() > 0 ? ", from " + Units.printDuration(traffic.start()) : "")
        + (traffic.blocking() ? "" : ", non-blocking")
        + (label == null ? "" : ", label " + label);
  }

  private static String times(int count, String what, long every) {
    return count + " \u00d7 " + what + ", one every " + Units.printDuration(every) + ",";
  }

  /** {@code ESP transport for udp, tcp}. */
  static String protection(LabFile.Protection protection) {
    List<String> words = new ArrayList<>();
    words.add("ESP " + protection.mode().label());
    if (!protection.protocols().isEmpty()) {
      words.add(
          "for "
              + protection.protocols().stream()
                  .map(LabWords::protocol)
                  .collect(Collectors.joining(", ")));
    }
    if (!protection.sourceNet().isEmpty() || !protection.targetNet().isEmpty()) {
      words.add(nets(protection.sourceNet()) + " \u2192 " + nets(protection.targetNet()));
    }
    if (protection.optional()) {
      words.add("(optional)");
    }
    if (protection.label() != null) {
      words.add("labelled");
    }
    return String.join(" ", words);
  }

  private static String nets(List<?> nets) {
    return nets.isEmpty()
        ? "any of its own"
        : nets.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  private static String protocol(int number) {
    return switch (number) {
      case IpProtocol.TCP -> "tcp";
      case IpProtocol.UDP -> "udp";
      case IpProtocol.ICMP -> "icmp";
      case IpProtocol.ICMPV6 -> "icmpv6";
      case IpProtocol.SCTP -> "sctp";
      default -> Integer.toString(number);
    };
  }

  private static String every(String words, long time) {
    return time == 0 ? "" : words + Units.printDuration(time);
  }

  /** Who makes a pair's SAs and how fast. */
  static String keys(LabFile.Keys keys) {
    LabFile.Keys.Ike ike = keys.ike();
    if (ike != null) {
      return "IKEv2, "
          + switch (ike.start()) {
            case ON_DEMAND -> "when a packet asks";
            case IKE_SA -> "the IKE SA at once";
            case AT_ONCE -> "all SAs at once";
          }
          + every(", child SAs replaced every ", ike.child().rekeyTime())
          + every(", IKE SAs every ", ike.lifetime().rekeyTime())
          + every(
              ike.makeBeforeBreak()
                  ? ", made again before the break every "
                  : ", broken and made again every ",
              ike.reauthAfter())
          + every(", peer asked after silence of ", ike.dpd());
    }
    if (keys.by() != LabFile.Keys.By.SCRIPT) {
      return "SAs by " + keys.by().name().toLowerCase(Locale.ROOT);
    }
    List<String> words = new ArrayList<>();
    words.add(
        keys.answerAfter() == Long.MAX_VALUE
            ? "the key manager never answers"
            : "the key manager answers after " + Units.printDuration(keys.answerAfter()));
    if (keys.failAfter() != Long.MAX_VALUE) {
      words.add("fails after " + Units.printDuration(keys.failAfter()));
    }
    if (keys.listensFrom() == Long.MAX_VALUE) {
      words.add("never listens");
    } else if (keys.listensFrom() > 0) {
      words.add("listens from " + Units.printDuration(keys.listensFrom()));
    }
    if (!keys.onlyLabels().isEmpty()) {
      words.add("only for " + String.join(", ", keys.onlyLabels()));
    }
    if (keys.meanwhile() == LabFile.Keys.While.BLOCK) {
      words.add("blocks meanwhile");
    }
    if (keys.then() == LabFile.Keys.Then.REWRITE_POLICY) {
      words.add("then rewrites the policy");
    }
    return String.join(", ", words);
  }

  /** What a link does to frames, one short line each; {@code no delay} for a perfect wire. */
  static List<String> impairments(Impairments link) {
    List<String> lines = new ArrayList<>();
    if (link.down()) {
      lines.add("DOWN");
    }
    if (link.delayNanos() > 0 || link.jitterNanos() > 0) {
      lines.add(
          Units.printDuration(link.delayNanos())
              + (link.jitterNanos() > 0
                  ? " \u00b1 "
                      + Units.printDuration(link.jitterNanos())
                      + (link.jitterShape() == JitterShape.NORMAL ? " normal" : "")
                  : ""));
    }
    if (link.bitsPerSecond() > 0) {
      lines.add(rate(link.bitsPerSecond()) + ", queue " + link.queuePackets());
    }
    switch (link.loss()) {
      case Loss.None none -> {}
      case Loss.Random random -> lines.add("loss " + percent(random.fraction()));
      case Loss.GilbertElliott bursts ->
          lines.add(
              "loss "
                  + percent(
                      bursts.lossInBad() * bursts.toBad() / (bursts.toBad() + bursts.toGood()))
                  + " in bursts");
      case Loss.Gaps gaps ->
          lines.add(
              "loses frame "
                  + gaps.first()
                  + (gaps.length() > 1 ? " to " + (gaps.first() + gaps.length() - 1) : "")
                  + (gaps.every() > 0 ? " of every " + gaps.every() : ""));
    }
    share(lines, "twice ", link.duplicate());
    share(lines, "overtake ", link.reorder());
    share(lines, "corrupt ", link.corrupt());
    return lines.isEmpty() ? List.of("no delay") : lines;
  }

  private static void share(List<String> lines, String what, double fraction) {
    if (fraction > 0) {
      lines.add(what + percent(fraction));
    }
  }

  /** {@code 2.5 %}, three figures. */
  static String percent(double fraction) {
    return BigDecimal.valueOf(fraction * 100)
            .round(new MathContext(3))
            .stripTrailingZeros()
            .toPlainString()
        + " %";
  }

  private static String rate(long bits) {
    String[] units = {" bit/s", " kbit/s", " Mbit/s", " Gbit/s"};
    int unit = 0;
    BigDecimal value = BigDecimal.valueOf(bits);
    while (unit < 3 && value.compareTo(BigDecimal.valueOf(1000)) >= 0) {
      value = value.movePointLeft(3);
      unit++;
    }
    return value.round(new MathContext(4)).stripTrailingZeros().toPlainString() + units[unit];
  }
}
