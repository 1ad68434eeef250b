package org.larval.ike.message;

import java.io.ByteArrayOutputStream;
import java.util.List;
import org.larval.wire.IpAddress;

/** Writes what {@link MessageReader} reads. */
public final class MessageWriter {
  private static final int CRITICAL = 0x80;
  private static final int SHORT_KEY_LENGTH = 0x800e;

  private MessageWriter() {}

  /**
   * A message, without a marker before it.
   *
   * @throws IllegalArgumentException if a payload does not fit its length field
   */
  public static byte[] write(Message message) {
    byte[] payloads = payloads(message.payloads());
    Header header = message.header();
    Out out = new Out();
    out.number(header.initiatorSpi(), 8).number(header.responderSpi(), 8);
    out.number(firstType(message.payloads()), 1).number(header.version(), 1);
    out.number(header.exchange(), 1).number(header.flags(), 1);
    out.number(header.messageId(), 4).number(Header.SIZE + payloads.length, 4);
    return out.bytes(payloads).toByteArray();
  }

  /** Number of the first payload, 0 if there is none. */
  public static int firstType(List<Payload> payloads) {
    return payloads.isEmpty() ? 0 : payloads.getFirst().type();
  }

  /**
   * A chain of payloads, as what is to be encrypted.
   *
   * @throws IllegalArgumentException if a payload does not fit its length field, or an encrypted
   *     one is not the last
   */
  public static byte[] payloads(List<Payload> payloads) {
    Out out = new Out();
    for (int i = 0; i < payloads.size(); i++) {
      Payload one = payloads.get(i);
      boolean last = i == payloads.size() - 1;
      int next =
          switch (one) {
            case SkPayload sk when last -> sk.inner();
            case SkfPayload skf when last -> skf.inner();
            case SkPayload sk -> throw notLast(sk);
            case SkfPayload skf -> throw notLast(skf);
            default -> last ? 0 : payloads.get(i + 1).type();
          };
      byte[] body = body(one).toByteArray();
      if (body.length > 65_535 - Payload.HEADER) {
        throw new IllegalArgumentException(
            PayloadType.name(one.type()) + " of " + body.length + " octets is too long");
      }
      out.number(next, 1).number(one.critical() ? CRITICAL : 0, 1);
      out.number(body.length + Payload.HEADER, 2).bytes(body);
    }
    return out.toByteArray();
  }

  private static IllegalArgumentException notLast(Payload payload) {
    return new IllegalArgumentException(PayloadType.name(payload.type()) + " must be the last");
  }

  private static Out body(Payload payload) {
    Out out = new Out();
    return switch (payload) {
      case SaPayload sa -> proposals(sa.proposals(), out);
      case KePayload ke -> out.number(ke.method(), 2).number(0, 2).octets(ke.data());
      case IdPayload id -> out.octets(id.signed());
      case CertPayload cert -> out.number(cert.encoding(), 1).octets(cert.data());
      case CertReqPayload request -> out.number(request.encoding(), 1).octets(request.data());
      case AuthPayload auth -> out.number(auth.method(), 1).number(0, 3).octets(auth.data());
      case NoncePayload nonce -> out.octets(nonce.nonce());
      case NotifyPayload notify ->
          out.number(notify.protocol(), 1)
              .number(notify.spi().size(), 1)
              .number(notify.notification(), 2)
              .octets(notify.spi())
              .octets(notify.data());
      case DeletePayload delete -> delete(delete, out);
      case VendorIdPayload vendor -> out.octets(vendor.id());
      case TsPayload ts -> selectors(ts.selectors(), out);
      case SkPayload sk -> out.octets(sk.body());
      case SkfPayload skf -> out.number(skf.number(), 2).number(skf.total(), 2).octets(skf.body());
      case CpPayload cp -> configuration(cp, out);
      case EapPayload eap -> out.octets(eap.packet());
      case UnknownPayload unknown -> out.octets(unknown.body());
    };
  }

  private static Out proposals(List<Proposal> proposals, Out out) {
    for (int i = 0; i < proposals.size(); i++) {
      Proposal one = proposals.get(i);
      Out transforms = new Out();
      for (int n = 0; n < one.transforms().size(); n++) {
        transform(one.transforms().get(n), n == one.transforms().size() - 1, transforms);
      }
      out.number(i == proposals.size() - 1 ? 0 : 2, 1).number(0, 1);
      out.number(8 + one.spi().size() + transforms.size(), 2);
      out.number(one.number(), 1).number(one.protocol(), 1);
      out.number(one.spi().size(), 1).number(one.transforms().size(), 1);
      out.octets(one.spi()).bytes(transforms.toByteArray());
    }
    return out;
  }

  private static void transform(Transform one, boolean last, Out out) {
    int keyLength = one.keyBits() == 0 ? 0 : 4;
    out.number(last ? 0 : 3, 1).number(0, 1);
    out.number(8 + keyLength + one.attributes().size(), 2);
    out.number(one.type(), 1).number(0, 1).number(one.id(), 2);
    if (keyLength > 0) {
      out.number(SHORT_KEY_LENGTH, 2).number(one.keyBits(), 2);
    }
    out.octets(one.attributes());
  }

  private static Out delete(DeletePayload delete, Out out) {
    out.number(delete.protocol(), 1).number(delete.spiSize(), 1);
    out.number(delete.spis().size(), 2);
    for (Octets spi : delete.spis()) {
      out.octets(spi);
    }
    return out;
  }

  private static Out selectors(List<Selector> selectors, Out out) {
    out.number(selectors.size(), 1).number(0, 3);
    for (Selector selector : selectors) {
      switch (selector) {
        case Selector.Range range -> {
          boolean v6 = range.first().v6();
          out.number(range.type(), 1).number(range.protocol(), 1).number(v6 ? 40 : 16, 2);
          out.number(range.firstPort(), 2).number(range.lastPort(), 2);
          out.address(range.first()).address(range.last());
        }
        case Selector.Label label ->
            out.number(label.type(), 1)
                .number(0, 1)
                .number(Selector.HEADER + label.label().size(), 2)
                .octets(label.label());
        case Selector.Other other ->
            out.number(other.type(), 1)
                .number(other.protocol(), 1)
                .number(Selector.HEADER + other.body().size(), 2)
                .octets(other.body());
      }
    }
    return out;
  }

  private static Out configuration(CpPayload cp, Out out) {
    out.number(cp.kind(), 1).number(0, 3);
    for (CpPayload.Attribute one : cp.attributes()) {
      out.number(one.attribute(), 2).number(one.value().size(), 2).octets(one.value());
    }
    return out;
  }

  /** Octets in the order of the network; a number that does not fit its field is a mistake. */
  private static final class Out {
    private final ByteArrayOutputStream octets = new ByteArrayOutputStream(256);

    Out number(long value, int size) {
      if (size < 4 && value >>> 8 * size != 0) {
        throw new IllegalArgumentException(value + " does not fit " + size + " octets");
      }
      for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
        octets.write((int) (value >>> shift));
      }
      return this;
    }

    Out address(IpAddress address) {
      return address.v6()
          ? number(address.high(), 8).number(address.low(), 8)
          : number(address.v4Bits(), 4);
    }

    Out octets(Octets more) {
      return bytes(more.toArray());
    }

    Out bytes(byte[] more) {
      octets.writeBytes(more);
      return this;
    }

    int size() {
      return octets.size();
    }

    byte[] toByteArray() {
      return octets.toByteArray();
    }
  }
}
