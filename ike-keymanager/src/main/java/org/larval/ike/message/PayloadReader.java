package org.larval.ike.message;

import java.util.ArrayList;
import java.util.List;
import org.larval.wire.IpAddress;

/** Reads the body of one payload, to its end. */
final class PayloadReader {
  private static final int MORE_PROPOSALS = 2;
  private static final int MORE_TRANSFORMS = 3;
  private static final int SHORT_ATTRIBUTE = 0x8000;
  private static final int KEY_LENGTH = 14;

  private PayloadReader() {}

  /**
   * A payload.
   *
   * @param next its next payload field, which belongs to the contents of an encrypted one
   */
  static Payload read(int type, boolean critical, int next, Cursor body)
      throws MalformedMessageException {
    PayloadType known = PayloadType.of(type);
    if (known == null) {
      return new UnknownPayload(critical, type, body.rest());
    }
    return switch (known) {
      case SECURITY_ASSOCIATION -> new SaPayload(critical, proposals(body));
      case KEY_EXCHANGE -> {
        int method = body.number16("method");
        body.number16("reserved");
        yield new KePayload(critical, method, body.rest());
      }
      case IDENTIFICATION_INITIATOR, IDENTIFICATION_RESPONDER ->
          new IdPayload(
              critical,
              known == PayloadType.IDENTIFICATION_INITIATOR,
              body.octet("type"),
              body.number24("reserved"),
              body.rest());
      case CERTIFICATE -> new CertPayload(critical, body.octet("encoding"), body.rest());
      case CERTIFICATE_REQUEST -> new CertReqPayload(critical, body.octet("encoding"), body.rest());
      case AUTHENTICATION -> {
        int method = body.octet("method");
        body.number24("reserved");
        yield new AuthPayload(critical, method, body.rest());
      }
      case NONCE -> {
        if (body.left() < NoncePayload.MIN || body.left() > NoncePayload.MAX) {
          throw body.wrong("nonce", "has " + body.left() + " octets, not 16 to 256");
        }
        yield new NoncePayload(critical, body.rest());
      }
      case NOTIFY -> notify(critical, body);
      case DELETE -> delete(critical, body);
      case VENDOR_ID -> new VendorIdPayload(critical, body.rest());
      case TRAFFIC_SELECTOR_INITIATOR, TRAFFIC_SELECTOR_RESPONDER ->
          new TsPayload(critical, known == PayloadType.TRAFFIC_SELECTOR_INITIATOR, selectors(body));
      case ENCRYPTED -> new SkPayload(critical, next, body.rest());
      case ENCRYPTED_FRAGMENT -> fragment(critical, next, body);
      case CONFIGURATION -> configuration(critical, body);
      case EAP -> eap(critical, body);
      case SECURE_PASSWORD,
          IDENTIFICATION_GROUP,
          GROUP_SECURITY_ASSOCIATION,
          KEY_DOWNLOAD,
          PUZZLE_SOLUTION ->
          new UnknownPayload(critical, type, body.rest());
    };
  }

  private static List<Proposal> proposals(Cursor body) throws MalformedMessageException {
    List<Proposal> proposals = new ArrayList<>();
    boolean more = true;
    while (more) {
      if (proposals.size() == 255) {
        throw body.wrong("proposal", "is one too many");
      }
      more = more(body, MORE_PROPOSALS, "proposal");
      body.octet("proposal reserved");
      Cursor rest = substructure(body, "proposal");
      int number = rest.octet("proposal number");
      int protocol = rest.octet("proposal protocol");
      int spiSize = rest.octet("proposal SPI size");
      int count = rest.octet("proposal transforms");
      Octets spi = rest.take(spiSize, "proposal SPI");
      List<Transform> transforms = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        boolean last = !more(rest, MORE_TRANSFORMS, "transform");
        if (last != (i == count - 1)) {
          throw rest.wrong("transform", "is the last or not, against their number");
        }
        transforms.add(transform(rest));
      }
      if (rest.left() > 0) {
        throw rest.wrong("proposal", rest.left() + " octets behind its transforms");
      }
      proposals.add(new Proposal(number, protocol, spi, transforms));
    }
    return proposals;
  }

  /** The first octet of a substructure: whether another one of its kind follows. */
  private static boolean more(Cursor body, int mark, String field)
      throws MalformedMessageException {
    int octet = body.octet(field + " last substructure");
    if (octet != 0 && octet != mark) {
      throw body.wrong(field + " last substructure", "is " + octet + ", neither 0 nor " + mark);
    }
    return octet != 0;
  }

  /** Behind the length of a substructure whose first two octets were read, what it covers. */
  private static Cursor substructure(Cursor body, String field) throws MalformedMessageException {
    int length = body.number16(field + " length");
    if (length < 8) {
      throw body.wrong(field + " length", "is " + length + ", less than its own header");
    }
    return body.part(length - 4, field);
  }

  private static Transform transform(Cursor body) throws MalformedMessageException {
    body.octet("transform reserved");
    Cursor rest = substructure(body, "transform");
    int type = rest.octet("transform type");
    rest.octet("transform reserved");
    int id = rest.number16("transform id");
    int keyBits = 0;
    Octets others = Octets.EMPTY;
    while (rest.left() > 0) {
      int attribute = rest.number16("attribute type");
      int value = rest.number16("attribute value");
      if ((attribute & SHORT_ATTRIBUTE) == 0) {
        Octets whole = Octets.number((long) attribute << 16 | value, 4);
        others = others.and(whole.and(rest.take(value, "attribute value")));
      } else if (attribute == (SHORT_ATTRIBUTE | KEY_LENGTH) && keyBits == 0 && value != 0) {
        keyBits = value;
      } else {
        others = others.and(Octets.number((long) attribute << 16 | value, 4));
      }
    }
    return new Transform(type, id, keyBits, others);
  }

  private static Payload notify(boolean critical, Cursor body) throws MalformedMessageException {
    int protocol = body.octet("protocol");
    int spiSize = body.octet("SPI size");
    int type = body.number16("type");
    return new NotifyPayload(critical, protocol, type, body.take(spiSize, "SPI"), body.rest());
  }

  private static Payload delete(boolean critical, Cursor body) throws MalformedMessageException {
    int protocol = body.octet("protocol");
    int spiSize = body.octet("SPI size");
    int count = body.number16("number of SPIs");
    Protocol known = Protocol.of(protocol);
    int expected = known == null ? spiSize : known == Protocol.IKE ? 0 : known.spiSize();
    if (spiSize != expected) {
      throw body.wrong("SPI size", "is " + spiSize + ", not " + expected);
    }
    if (count * spiSize != body.left() || spiSize == 0 && count > 0) {
      throw body.wrong("number of SPIs", "is " + count + ", there are " + body.left() + " octets");
    }
    List<Octets> spis = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      spis.add(body.take(spiSize, "SPI"));
    }
    return new DeletePayload(critical, protocol, spiSize, spis);
  }

  private static List<Selector> selectors(Cursor body) throws MalformedMessageException {
    int count = body.octet("number of selectors");
    body.number24("reserved");
    List<Selector> selectors = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int type = body.octet("selector type");
      int protocol = body.octet("selector protocol");
      int length = body.number16("selector length");
      if (length < Selector.HEADER) {
        throw body.wrong("selector length", "is " + length + ", less than its own header");
      }
      Cursor rest = body.part(length - Selector.HEADER, "selector");
      selectors.add(selector(type, protocol, length, rest));
    }
    return selectors;
  }

  private static Selector selector(int type, int protocol, int length, Cursor rest)
      throws MalformedMessageException {
    return switch (type) {
      case Selector.IPV4_RANGE, Selector.IPV6_RANGE -> {
        boolean v6 = type == Selector.IPV6_RANGE;
        int expected = v6 ? 40 : 16;
        if (length != expected) {
          throw rest.wrong("selector length", "is " + length + ", not " + expected);
        }
        int firstPort = rest.number16("first port");
        int lastPort = rest.number16("last port");
        IpAddress first = address(rest, v6);
        yield new Selector.Range(protocol, firstPort, lastPort, first, address(rest, v6));
      }
      case Selector.SECLABEL -> new Selector.Label(rest.rest());
      default -> new Selector.Other(type, protocol, rest.rest());
    };
  }

  private static IpAddress address(Cursor body, boolean v6) throws MalformedMessageException {
    return v6
        ? IpAddress.ofV6(body.number64("address"), body.number64("address"))
        : IpAddress.ofV4(body.number32("address"));
  }

  private static Payload fragment(boolean critical, int next, Cursor body)
      throws MalformedMessageException {
    int number = body.number16("fragment number");
    int total = body.number16("total fragments");
    if (number == 0 || number > total) {
      throw body.wrong("fragment number", "is " + number + " of " + total);
    }
    return new SkfPayload(critical, next, number, total, body.rest());
  }

  private static Payload configuration(boolean critical, Cursor body)
      throws MalformedMessageException {
    int kind = body.octet("type");
    body.number24("reserved");
    List<CpPayload.Attribute> attributes = new ArrayList<>();
    while (body.left() > 0) {
      int attribute = body.number16("attribute") & 0x7fff;
      int length = body.number16("attribute length");
      attributes.add(new CpPayload.Attribute(attribute, body.take(length, "attribute value")));
    }
    return new CpPayload(critical, kind, attributes);
  }

  private static Payload eap(boolean critical, Cursor body) throws MalformedMessageException {
    body.need(EapPayload.HEADER, "packet");
    Octets packet = body.rest();
    if (packet.unsignedShort(2) != packet.size()) {
      throw body.wrong("length", "is " + packet.unsignedShort(2) + ", not " + packet.size());
    }
    return new EapPayload(critical, packet);
  }
}
