package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Endpoint;
import org.larval.ike.config.Connection;
import org.larval.ike.crypto.IkeKeys;
import org.larval.ike.crypto.IkeSuite;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Secret;
import org.larval.ike.crypto.SkProtection;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Header;
import org.larval.ike.message.Message;
import org.larval.ike.message.MessageWriter;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Payload;
import org.larval.ike.message.PayloadType;
import org.larval.ike.message.SkPayload;
import org.larval.ike.message.SkfPayload;

/**
 * Closes messages into datagrams and opens datagrams: encryption (RFC 7296 section 3.14) and
 * fragments (RFC 7383). It also links the chain over IKE_INTERMEDIATE (RFC 9242), which needs what
 * is inside.
 */
final class Envelope {
  private static final int UDP4 = 28;
  private static final int UDP6 = 48;
  private static final int MARKER = 4;
  private static final int LENGTH_AT = 24;

  private final IkeSa sa;
  private @Nullable SkProtection outbound;
  private @Nullable SkProtection inbound;

  Envelope(IkeSa sa) {
    this.sa = sa;
  }

  /** Everything but the first exchange is protected with these from now on. */
  void keys(IkeSuite suite, IkeKeys keys) {
    outbound = side(suite, keys, sa.initiator);
    inbound = side(suite, keys, !sa.initiator);
  }

  private SkProtection side(IkeSuite suite, IkeKeys keys, boolean ofInitiator) {
    return new SkProtection(
        suite,
        ofInitiator ? keys.ei() : keys.er(),
        ofInitiator ? keys.ai() : keys.ar(),
        sa.host.random());
  }

  /** The datagrams of a message, without zero markers. */
  List<Octets> seal(Message message) {
    Header header = message.header();
    if (header.is(ExchangeType.IKE_SA_INIT)) {
      Octets plain = Octets.of(MessageWriter.write(message));
      sa.handshake().ourInit = plain;
      return List.of(plain);
    }
    int first = MessageWriter.firstType(message.payloads());
    byte[] inner = MessageWriter.payloads(message.payloads());
    if (header.is(ExchangeType.IKE_INTERMEDIATE) && !sa.established()) {
      link(header, first, inner);
    }
    SkProtection protection = protection(outbound);
    int room = room();
    int whole = Header.SIZE + Payload.HEADER + protection.sealedSize(inner.length);
    if (whole <= room || !fragments()) {
      byte[] content = new byte[protection.sealedSize(inner.length)];
      Payload payload = new SkPayload(first, Octets.of(content));
      return List.of(sealed(protection, header, payload, content.length, inner));
    }
    return inFragments(protection, header, first, inner, room);
  }

  private boolean fragments() {
    if (!sa.hasConnection()) {
      return false;
    }
    return switch (sa.connection().fragmentation()) {
      case YES -> sa.peer().fragments;
      case FORCE -> true;
      case NO, ACCEPT -> false;
    };
  }

  private int room() {
    int headers = sa.local().address().v6() ? UDP6 : UDP4;
    int marker = sa.local().port() == Endpoint.IKE ? 0 : MARKER;
    return sa.host.settings().fragmentSize() - headers - marker;
  }

  private List<Octets> inFragments(
      SkProtection protection, Header header, int first, byte[] inner, int room) {
    int most = Math.max(1, protection.plainSize(room - Header.SIZE - Payload.HEADER - 4));
    int total = (inner.length + most - 1) / most;
    List<Octets> datagrams = new ArrayList<>();
    for (int number = 1; number <= total; number++) {
      int from = (number - 1) * most;
      byte[] part = Arrays.copyOfRange(inner, from, Math.min(from + most, inner.length));
      byte[] content = new byte[protection.sealedSize(part.length)];
      Payload payload = new SkfPayload(number == 1 ? first : 0, number, total, Octets.of(content));
      datagrams.add(sealed(protection, header, payload, content.length, part));
    }
    return datagrams;
  }

  private static Octets sealed(
      SkProtection protection, Header header, Payload payload, int content, byte[] inner) {
    byte[] message = MessageWriter.write(new Message(header, List.of(payload)));
    protection.seal(message, message.length - content, inner);
    return Octets.of(message);
  }

  /**
   * What is inside of a message's last payload, or null if its check value is wrong.
   *
   * @param content octets of that payload
   */
  byte @Nullable [] open(Octets message, Octets content) {
    if (inbound == null) {
      return null;
    }
    return inbound.open(message.toArray(), message.size() - content.size());
  }

  private static SkProtection protection(@Nullable SkProtection direction) {
    if (direction == null) {
      throw new IllegalStateException("no keys have been agreed on yet");
    }
    return direction;
  }

  /** Goes on with the chain of whoever sent an IKE_INTERMEDIATE message. */
  void link(Header header, int first, byte[] inner) {
    boolean ofInitiator = header.fromInitiator();
    Handshake shared = sa.handshake();
    Secret key = ofInitiator ? sa.keys().pi() : sa.keys().pr();
    Octets previous = ofInitiator ? shared.intermediateI : shared.intermediateR;
    Octets link =
        new KeySchedule(sa.suite().prf())
            .intAuth(key, previous, authenticated(header, first, inner.length), Octets.of(inner));
    if (ofInitiator) {
      shared.intermediateI = link;
    } else {
      shared.intermediateR = link;
    }
  }

  /** Header and the SK payload's own header as they would be in front of plain payloads. */
  private static Octets authenticated(Header header, int first, int inner) {
    byte[] message =
        MessageWriter.write(
            new Message(header, List.of(new SkPayload(first, Octets.of(new byte[inner])))));
    if (message[16] != PayloadType.ENCRYPTED.number()
        || Octets.of(message).integer(LENGTH_AT) != message.length) {
      throw new IllegalStateException("the writer writes other headers");
    }
    return Octets.of(message, 0, Header.SIZE + Payload.HEADER);
  }

  /** Whether long messages may come in pieces. */
  boolean takesFragments() {
    return !sa.hasConnection() || sa.connection().fragmentation() != Connection.Fragmentation.NO;
  }

  void destroy() {
    if (outbound != null) {
      outbound.destroy();
    }
    if (inbound != null) {
      inbound.destroy();
    }
  }
}
