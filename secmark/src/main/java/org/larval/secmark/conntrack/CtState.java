package org.larval.secmark.conntrack;

/** What rules may ask of a packet's connection: bits, as nft's {@code ct state} has them. */
public final class CtState {
  /** No connection, and none may begin with this packet. */
  public static final int INVALID = 1;

  /** Packets went both ways. */
  public static final int ESTABLISHED = 2;

  /** An error about a connection. */
  public static final int RELATED = 4;

  /** The first packet, or one of a connection that was not answered yet. */
  public static final int NEW = 8;

  /** Exempt from tracking. */
  public static final int UNTRACKED = 64;

  /** Not a state: set in {@code Packet.connectionState} of packets in the direction of replies. */
  public static final int REPLY = 0x100;

  /** All that {@code ct state} can be. */
  public static final int STATES = 127;

  private CtState() {}

  /** The state of a packet that conntrack said this of; INVALID if it was not asked. */
  public static int of(int connectionState) {
    int state = connectionState & STATES;
    return state == 0 ? INVALID : state;
  }
}
