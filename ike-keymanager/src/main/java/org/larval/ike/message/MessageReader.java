package org.larval.ike.message;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads messages and the payloads that were inside of encrypted ones (RFC 7296 section 3). Whatever
 * the octets are, the only exception is {@link MalformedMessageException}. Payloads that are not
 * known are kept, critical or not: see {@link Message#unsupportedCritical()}.
 */
public final class MessageReader {
  /** No peer sends more payloads in one message. */
  public static final int MAX_PAYLOADS = 255;

  private static final int CRITICAL = 0x80;

  private MessageReader() {}

  /**
   * The header alone, of any version, whatever stands behind it.
   *
   * @throws MalformedMessageException if there are fewer than 28 octets
   */
  public static Header header(byte[] octets) throws MalformedMessageException {
    Cursor at = new Cursor(octets, 0, octets.length, "");
    long initiatorSpi = at.number64("initiator SPI");
    long responderSpi = at.number64("responder SPI");
    at.octet("next payload");
    int version = at.octet("version");
    int exchange = at.octet("exchange type");
    int flags = at.octet("flags");
    int id = at.number32("message id");
    at.number32("length");
    return new Header(
        initiatorSpi,
        responderSpi,
        version,
        exchange,
        (flags & Header.INITIATOR) != 0,
        (flags & Header.HIGHER_VERSION) != 0,
        (flags & Header.RESPONSE) != 0,
        id);
  }

  /**
   * A message as it came, without a marker before it.
   *
   * @throws MalformedMessageException if it is none of IKEv2; the answer is INVALID_MAJOR_VERSION
   *     if it may be one of another version, INVALID_SYNTAX otherwise
   */
  public static Message read(byte[] octets) throws MalformedMessageException {
    Header header = header(octets);
    if (header.major() != Header.IKEV2 >>> 4) {
      throw new MalformedMessageException(
          "version", 17, "is " + header.major() + ", not 2", NotifyType.INVALID_MAJOR_VERSION);
    }
    int length = new Cursor(octets, 24, Header.SIZE, "").number32("length");
    if (length != octets.length) {
      throw new MalformedMessageException(
          "length",
          24,
          "is " + Integer.toUnsignedString(length) + ", the datagram has " + octets.length);
    }
    if (header.initiatorSpi() == 0) {
      throw new MalformedMessageException("initiator SPI", 0, "is zero");
    }
    return new Message(header, payloads(octets[16] & 0xff, octets, Header.SIZE));
  }

  /**
   * Payloads that were inside of an encrypted one, without its padding.
   *
   * @param firstType number of the first, 0 if there is none
   * @throws MalformedMessageException if they are not well-formed
   */
  public static List<Payload> payloads(int firstType, byte[] plain)
      throws MalformedMessageException {
    List<Payload> payloads = payloads(firstType, plain, 0);
    for (Payload one : payloads) {
      if (one instanceof SkPayload || one instanceof SkfPayload) {
        throw new MalformedMessageException(
            PayloadType.name(one.type()), 0, "stands inside of an encrypted payload");
      }
    }
    return payloads;
  }

  private static List<Payload> payloads(int firstType, byte[] octets, int from)
      throws MalformedMessageException {
    List<Payload> payloads = new ArrayList<>();
    Cursor all = new Cursor(octets, from, octets.length, "");
    int type = firstType;
    while (type != 0) {
      String name = PayloadType.name(type);
      if (payloads.size() == MAX_PAYLOADS) {
        throw all.wrong(name, "is one payload too many, the limit is " + MAX_PAYLOADS);
      }
      int start = all.at();
      int next = all.octet(name + " next payload");
      boolean critical = (all.octet(name + " flags") & CRITICAL) != 0;
      int length = all.number16(name + " length");
      if (length < Payload.HEADER) {
        throw all.wrong(name + " length", "is " + length + ", less than its own header");
      }
      all.need(length - Payload.HEADER, name + " body");
      Cursor body = new Cursor(octets, all.at(), start + length, name);
      all.part(length - Payload.HEADER, name);
      payloads.add(PayloadReader.read(type, critical, next, body));
      if (body.left() > 0) {
        throw body.wrong("body", body.left() + " octets behind its end");
      }
      if (type == PayloadType.ENCRYPTED.number()
          || type == PayloadType.ENCRYPTED_FRAGMENT.number()) {
        break;
      }
      type = next;
    }
    if (all.left() > 0) {
      throw all.wrong("message", all.left() + " octets behind the last payload");
    }
    return payloads;
  }
}
