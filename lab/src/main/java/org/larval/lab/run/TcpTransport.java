package org.larval.lab.run;

import org.larval.guest.IcmpError;
import org.larval.guest.TransportHandler;
import org.larval.guest.tcp.TcpLayer;
import org.larval.packet.Effects;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;

/** TCP as a transport of the stack. */
record TcpTransport(TcpLayer tcp) implements TransportHandler {
  @Override
  public void onSegment(long now, Packet packet, Effects out) {
    tcp.onSegment(now, packet, out);
  }

  @Override
  public void onIcmpError(
      long now, FlowKey quoted, int firstWord, IcmpError error, int mtu, Effects out) {
    tcp.onIcmpError(now, quoted, firstWord, error.errno(), mtu, out);
  }
}
