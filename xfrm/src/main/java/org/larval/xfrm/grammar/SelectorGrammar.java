package org.larval.xfrm.grammar;

import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;
import org.larval.xfrm.Selector;

/**
 * The SELECTOR of {@code ip xfrm}: {@code [src P] [dst P] [dev D] [proto X] [sport N] [dport N]
 * [type N] [code N] [key K]} in any order. Which of the details go with which protocol is told when
 * all was read.
 */
final class SelectorGrammar {
  private static final int ALL = 0xffff;

  private enum Detail {
    NONE,
    PORTS,
    TYPE,
    KEY
  }

  private final Words words;
  private final Devices devices;
  private @Nullable Prefix source;
  private @Nullable Prefix target;
  private int protocol;
  private boolean protocolGiven;
  private int sourcePort;
  private int sourceMask;
  private int targetPort;
  private int targetMask;
  private boolean sourcePortGiven;
  private boolean targetPortGiven;
  private int ifindex;
  private boolean deviceGiven;
  private Detail detail = Detail.NONE;
  private int detailColumn;
  private String detailWord = "";
  private boolean given;

  SelectorGrammar(Words words, Devices devices) {
    this.words = words;
    this.devices = devices;
  }

  /** Takes one clause of the selector; false, with nothing taken, if the next word begins none. */
  boolean clause() {
    String word = words.peek();
    switch (word) {
      case "src" -> source = prefixAfter(word, target);
      case "dst" -> target = prefixAfter(word, source);
      case "proto" -> {
        words.next(word);
        protocol = protocolNumber();
        protocolGiven = true;
      }
      case "dev" -> device();
      case "sport", "type" -> {
        sourcePort = detail(word);
        sourceMask = sourcePort == 0 && word.equals("sport") ? 0 : ALL;
        sourcePortGiven = true;
      }
      case "dport", "code" -> {
        targetPort = detail(word);
        targetMask = targetPort == 0 && word.equals("dport") ? 0 : ALL;
        targetPortGiven = true;
      }
      case "key" -> key();
      default -> {
        return false;
      }
    }
    given = true;
    return true;
  }

  /** Whether any clause was taken. */
  boolean given() {
    return given;
  }

  /** What was read. A missing address is every address of the other's family, else of this. */
  Selector selector(boolean v6) {
    check();
    Prefix any = Prefix.any(v6(v6));
    return new Selector(
        source == null ? any : source,
        target == null ? any : target,
        protocol,
        sourcePort,
        sourceMask,
        targetPort,
        targetMask,
        ifindex);
  }

  /** What was read, to choose among policies that stand. */
  PolicyFilter.Flows flows() {
    check();
    return new PolicyFilter.Flows(
        source,
        target,
        deviceGiven ? ifindex : null,
        protocolGiven ? protocol : null,
        sourcePortGiven ? sourcePort : null,
        targetPortGiven ? targetPort : null);
  }

  private boolean v6(boolean otherwise) {
    Prefix from = source;
    Prefix to = target;
    return from != null ? from.address().v6() : to != null ? to.address().v6() : otherwise;
  }

  private void check() {
    boolean fits =
        switch (detail) {
          case NONE -> true;
          case PORTS ->
              switch (protocol) {
                case 0, IpProtocol.TCP, IpProtocol.UDP, IpProtocol.SCTP, IpProtocol.DCCP -> true;
                default -> false;
              };
          case TYPE ->
              protocol == IpProtocol.ICMP
                  || protocol == IpProtocol.ICMPV6
                  || protocol == IpProtocol.MH;
          case KEY -> protocol == IpProtocol.GRE;
        };
    if (!fits) {
      String protocols =
          switch (detail) {
            case PORTS -> "tcp, udp, sctp or dccp";
            case TYPE -> "icmp, ipv6-icmp or mobility-header";
            default -> "gre";
          };
      throw new IpXfrmException(
          detailColumn,
          detailWord + " does not go with proto " + ProtocolNames.of(protocol),
          "expected proto " + protocols);
    }
  }

  private Prefix prefixAfter(String word, @Nullable Prefix other) {
    words.next(word);
    Prefix prefix = words.prefix(word);
    if (other != null && other.address().v6() != prefix.address().v6()) {
      throw words.wrong(
          prefix + " and " + other + " are of different families",
          "expected both IPv4 or both IPv6");
    }
    return prefix;
  }

  private void device() {
    words.next("dev");
    String name = words.next("the name of a device, or none");
    ifindex = name.equals("none") ? 0 : devices.index(name);
    deviceGiven = true;
    if (ifindex == 0 && !name.equals("none")) {
      throw words.wrong(
          "no device '" + name + "'", "expected dev and a device of this guest, or none");
    }
  }

  private int detail(String word) {
    boolean port = word.endsWith("port");
    note(word, port ? Detail.PORTS : Detail.TYPE);
    return (int) words.number(word, port ? ALL : 0xff);
  }

  private void note(String word, Detail kind) {
    words.next(word);
    if (detail != Detail.NONE && detail != kind) {
      throw words.wrong(
          word + " does not go with " + detailWord, "expected ports, type and code, or key");
    }
    detail = kind;
    detailWord = word;
    detailColumn = words.lastColumn();
  }

  private void key() {
    note("key", Detail.KEY);
    int key;
    if (words.peek().indexOf('.') > 0) {
      IpAddress dotted = words.address("the GRE key");
      if (dotted.v6()) {
        throw words.wrong("a GRE key of 128 bits", "expected a number or one like 10.1.2.3");
      }
      key = dotted.v4Bits();
    } else {
      key = words.u32("the GRE key");
    }
    sourcePort = key >>> 16;
    targetPort = key & ALL;
    sourceMask = ALL;
    targetMask = ALL;
    sourcePortGiven = true;
    targetPortGiven = true;
  }

  private int protocolNumber() {
    String name = words.peek();
    if (!name.isEmpty() && !Character.isDigit(name.charAt(0))) {
      words.next("a protocol");
      Integer number = ProtocolNames.number(name);
      if (number == null) {
        throw words.wrong(
            "unknown protocol '" + name + "'",
            "expected a number or a name like tcp, udp, icmp, ipv6-icmp");
      }
      return number;
    }
    return (int) words.number("a protocol", 255);
  }
}
