package org.larval.guest;

import java.util.ArrayList;
import java.util.List;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Packet;

/** The sockets of running pings, each known by its echo identifier. */
final class PingTable {
  private final GuestStack stack;
  private final List<PingSocket> sockets = new ArrayList<>();
  private int nextIdentifier;

  PingTable(GuestStack stack, int firstIdentifier) {
    this.stack = stack;
    nextIdentifier = firstIdentifier & 0xffff;
  }

  /** An identifier that no open socket has. */
  int add(PingSocket socket) {
    int identifier = nextIdentifier;
    while (find(identifier) >= 0) {
      identifier = identifier + 1 & 0xffff;
    }
    nextIdentifier = identifier + 1 & 0xffff;
    sockets.add(socket);
    return identifier;
  }

  void remove(PingSocket socket) {
    sockets.remove(socket);
  }

  private int find(int identifier) {
    for (int i = 0; i < sockets.size(); i++) {
      if (sockets.get(i).identifier() == identifier) {
        return i;
      }
    }
    return -1;
  }

  /** Takes an echo reply that the security path admitted. */
  void receive(long now, Packet packet, int identifier, Effects out) {
    int place = find(identifier);
    if (place < 0) {
      out.drop(packet, DropReason.NO_SOCKET);
    } else {
      PingSocket socket = sockets.get(place);
      if (stack.securityModule().receive(now, packet, socket.label(), SocketKind.RAW, out)) {
        socket.reply(now, packet, out);
      }
    }
  }

  void onError(long now, int identifierAndSequence, IcmpError error, Effects out) {
    int place = find(identifierAndSequence >>> 16);
    if (place >= 0) {
      sockets.get(place).onError(now, identifierAndSequence & 0xffff, error, out);
    }
  }
}
