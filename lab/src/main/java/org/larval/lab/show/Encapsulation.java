package org.larval.lab.show;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.larval.ike.message.Datagram4500;
import org.larval.ike.message.Octets;
import org.larval.wire.IpAddress;
import org.larval.wire.UdpView;

/**
 * Tells what UDP holds: by port 500 or 4500 (RFC 3948), and between other ports where the bytes
 * leave no doubt, or a message behind a marker was seen before.
 */
final class Encapsulation {
  private static final int PORT = 500;
  private static final int NATT = 4500;
  private static final int ESP_HEADER = 8;

  /** What a datagram is. */
  enum Kind {
    /** One octet that keeps an address translation alive. */
    KEEPALIVE,
    /** A message behind a marker. */
    MARKED_IKE,
    /** A message. */
    IKE,
    /** A packet of ESP. */
    ESP,
    /** None of these. */
    OTHER
  }

  /** Two ends in either direction. */
  private record Flow(IpAddress source, int sourcePort, IpAddress target, int targetPort) {
    static Flow of(IpAddress source, IpAddress target, UdpView udp) {
      boolean upward =
          source.equals(target)
              ? udp.sourcePort() <= udp.targetPort()
              : source.compareTo(target) < 0;
      return upward
          ? new Flow(source, udp.sourcePort(), target, udp.targetPort())
          : new Flow(target, udp.targetPort(), source, udp.sourcePort());
    }
  }

  /** Flows that carried a message behind a marker. */
  private final Set<Flow> marked = new HashSet<>();

  /**
   * Looks at a datagram.
   *
   * @param known whether there is an SA of the SPI that it would have, in UDP with these ports
   */
  Kind tell(IpAddress source, IpAddress target, UdpView udp, byte[] octets, boolean known) {
    Flow flow = Flow.of(source, target, udp);
    boolean natt = udp.sourcePort() == NATT || udp.targetPort() == NATT;
    boolean port500 = udp.sourcePort() == PORT || udp.targetPort() == PORT;
    return switch (Datagram4500.of(Octets.of(octets))) {
      case KEEPALIVE -> natt || marked.contains(flow) ? Kind.KEEPALIVE : Kind.OTHER;
      case IKE -> {
        byte[] message = Arrays.copyOfRange(octets, Datagram4500.MARKER, octets.length);
        if (natt || IkeLayers.clearly(message)) {
          marked.add(flow);
          yield Kind.MARKED_IKE;
        }
        // an SPI may begin with zeroes
        yield port500 || IkeLayers.clearly(octets) ? Kind.IKE : Kind.OTHER;
      }
      case ESP, NOTHING -> {
        if (!natt && (port500 && octets.length > 0 || IkeLayers.clearly(octets))) {
          yield Kind.IKE;
        }
        boolean esp = natt || known || marked.contains(flow);
        yield esp && octets.length > ESP_HEADER ? Kind.ESP : Kind.OTHER;
      }
    };
  }
}
