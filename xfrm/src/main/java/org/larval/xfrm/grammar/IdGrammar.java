package org.larval.xfrm.grammar;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;

/** What identifies a state: {@code [src A] [dst A] [proto P] [spi N]}, and {@code mark}. */
final class IdGrammar {
  private static final int MAX_CPI = 0xffff;

  private final Words words;
  private @Nullable Prefix source;
  private @Nullable Prefix target;
  private int protocol;
  private boolean spiGiven;
  private int spi;
  private int spiColumn;
  private Mark mark = Mark.NONE;

  IdGrammar(Words words) {
    this.words = words;
  }

  /**
   * Takes one clause; false, with nothing taken, if the next word begins none.
   *
   * @param prefixes whether addresses may be prefixes and the protocol any, to choose among states
   */
  boolean clause(boolean prefixes) {
    if (words.take("src")) {
      source = prefix("src", target, prefixes);
    } else if (words.take("dst")) {
      target = prefix("dst", source, prefixes);
    } else if (words.take("proto")) {
      protocol = ProtocolNames.sa(words, prefixes);
    } else if (words.take("spi")) {
      spi = words.u32("the SPI");
      spiGiven = true;
      spiColumn = words.lastColumn();
      if (spi == 0 && !prefixes) {
        throw words.wrong("spi 0 is reserved", "expected 0x100 to 0xffffffff");
      }
    } else {
      return false;
    }
    if (protocol == IpProtocol.IPCOMP && Integer.compareUnsigned(spi, MAX_CPI) > 0) {
      throw new IpXfrmException(
          spiColumn, "a CPI of more than 16 bits with proto comp", "expected spi up to 0xffff");
    }
    return true;
  }

  /** Takes {@code mark V [mask M]}. */
  boolean mark() {
    if (!words.take("mark")) {
      return false;
    }
    mark = words.mark();
    return true;
  }

  Mark markGiven() {
    return mark;
  }

  IpAddress source() {
    return required(source, "src and an address").address();
  }

  IpAddress target() {
    return required(target, "dst and an address").address();
  }

  /** The source, else any of the target's family. */
  IpAddress sourceOrAny() {
    Prefix given = source;
    return given == null ? IpAddress.any(target().v6()) : given.address();
  }

  @Nullable Prefix sourcePrefix() {
    return source;
  }

  @Nullable Prefix targetPrefix() {
    return target;
  }

  int protocol() {
    if (protocol == 0) {
      throw words.unknown("expected proto esp");
    }
    return protocol;
  }

  @Nullable Integer protocolOrNull() {
    return protocol == 0 || protocol == ProtocolNames.ANY_IPSEC ? null : protocol;
  }

  int spi() {
    if (!spiGiven) {
      throw words.unknown("expected spi and 0x100 to 0xffffffff");
    }
    return spi;
  }

  @Nullable Integer spiOrNull() {
    return spiGiven ? spi : null;
  }

  /** Destination, SPI and protocol, all of them required. */
  State.Id id() {
    IpAddress to = target();
    int of = protocol();
    return new State.Id(to, spi(), of);
  }

  /** Takes the mode of a state. */
  static Mode mode(Words words) {
    String text = words.peek();
    if (text.equals("ro") || text.equals("in_trigger")) {
      throw words.unknown("mode " + text + " is mobile IPv6; expected transport, tunnel or beet");
    }
    return words.choice("mode", List.of(Mode.TRANSPORT, Mode.TUNNEL, Mode.BEET), Mode::label);
  }

  private Prefix prefix(String word, @Nullable Prefix other, boolean prefixes) {
    Prefix prefix = prefixes ? words.prefix(word) : Prefix.host(words.address(word));
    if (other != null && other.address().v6() != prefix.address().v6()) {
      throw words.wrong(
          prefix.address() + " and " + other.address() + " are of different families",
          "expected both IPv4 or both IPv6");
    }
    return prefix;
  }

  private Prefix required(@Nullable Prefix prefix, String expected) {
    if (prefix == null) {
      throw words.unknown("expected " + expected);
    }
    return prefix;
  }
}
