package org.larval.xfrm.grammar;

import java.util.EnumSet;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Mode;
import org.larval.xfrm.StateFlag;

/** The words after every {@code ip xfrm state} command but {@code add} and {@code update}. */
final class StateQueryGrammar {
  private final Words words;
  private final IpXfrm.Line line;
  private final IdGrammar id;

  StateQueryGrammar(Words words, IpXfrm.Line line) {
    this.words = words;
    this.line = line;
    id = new IdGrammar(words);
  }

  IpXfrmCommand delete() {
    id();
    return new IpXfrmCommand.StateDelete(line.namespace(), id.id(), id.markGiven());
  }

  IpXfrmCommand get() {
    id();
    return new IpXfrmCommand.StateGet(line.namespace(), id.id(), id.markGiven(), line.statistics());
  }

  private void id() {
    while (!words.done()) {
      if (!id.clause(false) && !id.mark()) {
        throw words.unknown("expected one of src, dst, proto, spi, mark");
      }
    }
  }

  IpXfrmCommand flush() {
    int protocol = 0;
    if (words.take("proto")) {
      protocol = ProtocolNames.sa(words, true);
    }
    words.expectEnd();
    return new IpXfrmCommand.StateFlush(
        line.namespace(), protocol == ProtocolNames.ANY_IPSEC ? 0 : protocol);
  }

  IpXfrmCommand count() {
    words.expectEnd();
    return new IpXfrmCommand.StateCount(line.namespace());
  }

  /** {@code list} and {@code deleteall}. */
  IpXfrmCommand all(boolean delete) {
    boolean nokeys = false;
    Mode mode = null;
    Integer reqid = null;
    EnumSet<StateFlag> flags = EnumSet.noneOf(StateFlag.class);
    while (!words.done()) {
      if (words.take("nokeys")) {
        nokeys = true;
      } else if (words.take("mode")) {
        mode = IdGrammar.mode(words);
      } else if (words.take("reqid")) {
        reqid = words.u32("reqid");
      } else if (words.peek().equals("flag")) {
        StateGrammar.flags(words, false, flags);
      } else if (!id.clause(true)) {
        throw words.unknown("expected one of src, dst, proto, spi, mode, reqid, flag");
      }
    }
    StateFilter filter =
        new StateFilter(
            line.family(),
            id.sourcePrefix(),
            id.targetPrefix(),
            id.protocolOrNull(),
            id.spiOrNull(),
            mode,
            reqid,
            flags);
    return delete
        ? new IpXfrmCommand.StateDeleteAll(line.namespace(), filter)
        : new IpXfrmCommand.StateList(line.namespace(), filter, nokeys, line.statistics());
  }

  IpXfrmCommand allocSpi() {
    Mode mode = Mode.TRANSPORT;
    int reqid = 0;
    int sequence = 0;
    Direction direction = null;
    Integer min = null;
    Integer max = null;
    int column = words.column();
    while (!words.done()) {
      if (words.take("mode")) {
        mode = IdGrammar.mode(words);
      } else if (words.take("reqid")) {
        reqid = words.u32("reqid");
      } else if (words.take("seq")) {
        sequence = words.u32("seq");
      } else if (words.take("dir")) {
        direction = StateGrammar.direction(words);
      } else if (words.take("min")) {
        column = words.column();
        min = words.u32("the lowest SPI");
      } else if (words.take("max")) {
        column = words.column();
        max = words.u32("the highest SPI");
      } else if (!id.clause(false) && !id.mark()) {
        throw words.unknown(
            "expected one of src, dst, proto, mode, mark, reqid, seq, dir, min, max");
      }
    }
    if (id.spiOrNull() != null) {
      throw new IpXfrmException(
          words.lastColumn(), "an SPI where one is asked for", "expected min and max instead");
    }
    IpAddress source = id.source();
    IpAddress target = id.target();
    int protocol = id.protocol();
    return new IpXfrmCommand.StateAllocSpi(
        line.namespace(),
        source,
        target,
        protocol,
        mode,
        reqid,
        sequence,
        id.markGiven(),
        direction,
        bound(min, max, column, protocol == IpProtocol.IPCOMP, true),
        bound(max, min, column, protocol == IpProtocol.IPCOMP, false));
  }

  /** One end of the range, with the tool's defaults if neither is given. */
  private int bound(
      @Nullable Integer bound, @Nullable Integer other, int column, boolean cpi, boolean lower) {
    if (bound == null && other == null) {
      return lower ? 0x100 : cpi ? 0xffff : 0x0fff_ffff;
    }
    if (bound == null || other == null) {
      throw words.unknown("expected " + (bound == null == lower ? "min" : "max") + " too");
    }
    if (lower && Integer.compareUnsigned(bound, other) > 0) {
      throw new IpXfrmException(column, "min is larger than max", "expected min up to max");
    }
    if (cpi && Integer.compareUnsigned(bound, 0xffff) > 0) {
      throw new IpXfrmException(column, "a CPI of more than 16 bits", "expected up to 0xffff");
    }
    if (lower && bound == 0) {
      throw new IpXfrmException(column, "spi 0 is reserved", "expected min 0x100");
    }
    return bound;
  }
}
