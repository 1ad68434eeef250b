package org.larval.ike;

import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.IkeKeys;
import org.larval.ike.crypto.IkeSuite;
import org.larval.ike.message.Message;
import org.larval.ike.message.Octets;
import org.larval.packet.Event;
import org.larval.wire.IpAddress;

/** What an IKE host wants done, or wants known. */
public sealed interface IkeEvent extends Event {
  /** A UDP datagram is to be sent, with the zero marker already in front where it belongs. */
  record Send(Endpoint local, Endpoint remote, Octets datagram) implements IkeEvent {}

  /**
   * Something for people to read; it costs little unless somebody does.
   *
   * @param connection that it is about
   * @param text what happened
   * @param message that was sent or came, or null
   */
  record Log(String connection, String text, @Nullable Message message) implements IkeEvent {
    /** The whole line. */
    public String line() {
      return message == null ? text : text + " " + message;
    }
  }

  /** The inbound SA of a pair is to be installed. */
  record InstallInbound(ChildParameters child) implements IkeEvent {}

  /** The outbound SA of a pair is to be installed, and used from now on. */
  record InstallOutbound(ChildParameters child) implements IkeEvent {}

  /** The inbound SA of a pair is to be deleted. */
  record RemoveInbound(ChildParameters child) implements IkeEvent {}

  /** The outbound SA of a pair is to be deleted. */
  record RemoveOutbound(ChildParameters child) implements IkeEvent {}

  /** Both SAs of a pair are between other addresses from now on. */
  record Move(ChildParameters before, ChildParameters after) implements IkeEvent {}

  /** The policies of a child are to wait for traffic. */
  record Trap(String connection, String child) implements IkeEvent {}

  /** An IKE SA is established. */
  record IkeUp(String connection, long initiatorSpi, long responderSpi, boolean rekeyed)
      implements IkeEvent {}

  /** An IKE SA is gone. */
  record IkeDown(String connection, long initiatorSpi, long responderSpi, String reason)
      implements IkeEvent {}

  /** A pair of SAs carries traffic; {@code replaces} is the id of the one before, or 0. */
  record ChildUp(ChildParameters child, long replaces) implements IkeEvent {}

  /** A pair of SAs carries no more traffic. */
  record ChildDown(ChildParameters child, String reason) implements IkeEvent {}

  /** A negotiation that an acquire began has failed. */
  record AcquireFailed(IkeAcquire acquire, String reason) implements IkeEvent {}

  /** The peer gave us an address, or took it back. */
  record VirtualIp(String connection, IpAddress address, boolean given) implements IkeEvent {}

  /** Keys of an IKE SA, told only if the settings say so. */
  record Keys(long initiatorSpi, long responderSpi, IkeSuite suite, IkeKeys keys)
      implements IkeEvent {}
}
