package org.larval.secmark;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Packet;
import org.larval.secmark.conntrack.Connection;
import org.larval.secmark.conntrack.CtState;

/** A part of a rule that changes something or decides. */
sealed interface Statement extends RuleStep {
  /** {@code accept}, {@code drop}, {@code return}, {@code continue}, {@code jump}, {@code goto}. */
  record Verdict(int flow, @Nullable Chain target) implements Statement {
    @Override
    public int run(PacketFields packet) {
      packet.target = target;
      return flow;
    }
  }

  /** The verdict that a map has for fields; none, and the rule ends. */
  record VerdictMap(MapLookup lookup) implements Statement {
    @Override
    public int run(PacketFields packet) {
      return lookup.datum(packet) instanceof Verdict verdict ? verdict.run(packet) : Flow.NEXT_RULE;
    }
  }

  /** {@code meta secmark set "NAME"} and {@code -j SECMARK}. */
  record SetSecmark(SecmarkObject label) implements Statement {
    @Override
    public int run(PacketFields packet) {
      packet.stamp(label);
      return Flow.NEXT_STEP;
    }
  }

  /** {@code meta secmark set ... map ...}; nothing in the map, and the rule ends. */
  record MapSecmark(MapLookup lookup) implements Statement {
    @Override
    public int run(PacketFields packet) {
      if (!(lookup.datum(packet) instanceof SecmarkObject label)) {
        return Flow.NEXT_RULE;
      }
      packet.stamp(label);
      return Flow.NEXT_STEP;
    }
  }

  /** {@code ct secmark set meta secmark}: overwrites. */
  record SaveSecmark() implements Statement {
    @Override
    public int run(PacketFields packet) {
      Connection connection = packet.connection();
      if (connection != null) {
        connection.secmark(packet.packet().secmark);
      }
      return Flow.NEXT_STEP;
    }
  }

  /** {@code meta secmark set ct secmark}: overwrites, also with nothing. */
  record RestoreSecmark() implements Statement {
    @Override
    public int run(PacketFields packet) {
      Connection connection = packet.connection();
      if (connection == null) {
        return Flow.NEXT_RULE;
      }
      packet.stamp(connection.secmark());
      return Flow.NEXT_STEP;
    }
  }

  /** {@code -j CONNSECMARK --save}: never overwrites. */
  record XtSaveSecmark() implements Statement {
    @Override
    public int run(PacketFields packet) {
      Connection connection = packet.connection();
      int secmark = packet.packet().secmark;
      if (secmark != 0 && connection != null && connection.secmark() == 0) {
        connection.secmark(secmark);
      }
      return Flow.NEXT_STEP;
    }
  }

  /** {@code -j CONNSECMARK --restore}: never overwrites. */
  record XtRestoreSecmark() implements Statement {
    @Override
    public int run(PacketFields packet) {
      Connection connection = packet.connection();
      if (packet.packet().secmark == 0 && connection != null && connection.secmark() != 0) {
        packet.stamp(connection.secmark());
      }
      return Flow.NEXT_STEP;
    }
  }

  /** {@code meta mark set}. */
  record SetMark(MarkValue value) implements Statement {
    @Override
    public int run(PacketFields packet) {
      if (!value.load(packet)) {
        return Flow.NEXT_RULE;
      }
      packet.packet().mark = (int) packet.low;
      return Flow.NEXT_STEP;
    }
  }

  /** {@code ct mark set}. */
  record SetConnectionMark(MarkValue value) implements Statement {
    @Override
    public int run(PacketFields packet) {
      if (!value.load(packet)) {
        return Flow.NEXT_RULE;
      }
      Connection connection = packet.connection();
      if (connection != null) {
        connection.mark((int) packet.low);
      }
      return Flow.NEXT_STEP;
    }
  }

  /** {@code -j CONNMARK --save-mark}: the packet's mark into the connection's, bits of each. */
  record XtSaveMark(int connectionMask, int packetMask) implements Statement {
    @Override
    public int run(PacketFields packet) {
      Connection connection = packet.connection();
      if (connection != null) {
        int mark = connection.mark() & ~connectionMask ^ packet.packet().mark & packetMask;
        connection.mark(mark);
      }
      return Flow.NEXT_STEP;
    }
  }

  /** {@code -j CONNMARK --restore-mark}: the connection's mark into the packet's, bits of each. */
  record XtRestoreMark(int connectionMask, int packetMask) implements Statement {
    @Override
    public int run(PacketFields packet) {
      Connection connection = packet.connection();
      if (connection != null) {
        Packet at = packet.packet();
        at.mark = at.mark & ~packetMask ^ connection.mark() & connectionMask;
      }
      return Flow.NEXT_STEP;
    }
  }

  /** {@code notrack}: before conntrack looks at the packet. */
  record NoTrack() implements Statement {
    @Override
    public int run(PacketFields packet) {
      Packet at = packet.packet();
      if (at.connection == null && at.connectionState == 0) {
        at.connectionState = CtState.UNTRACKED;
      }
      return Flow.NEXT_STEP;
    }
  }

  /** {@code counter}, and the two numbers that iptables keeps for every rule. */
  final class Counter implements Statement {
    private long packets;
    private long bytes;

    long packets() {
      return packets;
    }

    long bytes() {
      return bytes;
    }

    @Override
    public int run(PacketFields packet) {
      packets++;
      bytes += packet.headers.totalLength;
      return Flow.NEXT_STEP;
    }
  }
}
