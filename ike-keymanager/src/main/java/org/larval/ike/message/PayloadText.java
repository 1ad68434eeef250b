package org.larval.ike.message;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** One payload for people: a line with all of it, or a line for each of its parts. */
final class PayloadText {
  private static final int MUCH = 32;
  private static final int SHA1 = 20;

  private PayloadText() {}

  static List<TextLine> lines(Payload payload) {
    String name = PayloadType.name(payload.type()) + (payload.critical() ? "!" : "");
    List<TextLine> lines = new ArrayList<>();
    switch (payload) {
      case SaPayload sa -> {
        boolean one = sa.proposals().size() == 1;
        lines.add(
            new TextLine(
                0,
                name,
                one ? proposal(sa.proposals().getFirst()) : sa.proposals().size() + " proposals"));
        for (Proposal proposal : one ? List.<Proposal>of() : sa.proposals()) {
          lines.add(new TextLine(1, "proposal", proposal(proposal)));
        }
      }
      case CpPayload cp -> {
        lines.add(new TextLine(0, name, configurationKind(cp.kind())));
        for (CpPayload.Attribute one : cp.attributes()) {
          String attribute = ConfigurationAttribute.name(one.attribute());
          lines.add(new TextLine(1, attribute, ConfigurationText.value(one)));
        }
      }
      case CertReqPayload request when request.data().size() > SHA1 -> {
        lines.add(new TextLine(0, name, CertificateEncoding.name(request.encoding())));
        for (int at = 0; at < request.data().size(); at += SHA1) {
          int size = Math.min(SHA1, request.data().size() - at);
          lines.add(new TextLine(1, "authority", request.data().slice(at, size).toString()));
        }
      }
      default -> lines.add(new TextLine(0, name, text(payload)));
    }
    return lines;
  }

  private static String text(Payload payload) {
    return switch (payload) {
      case SaPayload sa -> sa.proposals().size() + " proposals";
      case KePayload ke -> TransformName.method(ke.method()) + " " + hex(ke.data());
      case IdPayload id -> IdType.name(id.kind()) + " " + IdentityText.of(id.kind(), id.data());
      case CertPayload cert -> CertificateEncoding.name(cert.encoding()) + " " + hex(cert.data());
      case CertReqPayload request ->
          CertificateEncoding.name(request.encoding()) + " " + hex(request.data());
      case AuthPayload auth -> AuthMethod.name(auth.method()) + " " + hex(auth.data());
      case NoncePayload nonce -> nonce.nonce().toString();
      case NotifyPayload notify -> NotifyText.of(notify);
      case DeletePayload delete -> delete(delete);
      case VendorIdPayload vendor -> hexOrText(vendor.id());
      case TsPayload ts ->
          ts.selectors().stream().map(SelectorText::of).collect(Collectors.joining(", "));
      case SkPayload sk -> sk.body().size() + " octets";
      case SkfPayload skf ->
          skf.number() + " of " + skf.total() + ", " + skf.body().size() + " octets";
      case CpPayload cp -> configurationKind(cp.kind());
      case EapPayload eap -> eap(eap) + " " + hex(eap.packet());
      case UnknownPayload unknown -> hex(unknown.body());
    };
  }

  private static String proposal(Proposal proposal) {
    StringBuilder text = new StringBuilder("#").append(proposal.number()).append(' ');
    text.append(protocol(proposal.protocol()));
    if (!proposal.spi().isEmpty()) {
      text.append(' ').append(proposal.spi());
    }
    text.append(':');
    for (Transform transform : proposal.transforms()) {
      text.append(' ').append(transform);
    }
    return text.toString();
  }

  static String protocol(int number) {
    Protocol known = Protocol.of(number);
    return known == null ? "protocol-" + number : known.name();
  }

  private static String delete(DeletePayload delete) {
    String spis = delete.spis().stream().map(Octets::toString).collect(Collectors.joining(" "));
    return protocol(delete.protocol()) + (spis.isEmpty() ? "" : " " + spis);
  }

  static String eap(EapPayload eap) {
    String code =
        switch (eap.code()) {
          case EapPayload.REQUEST -> "request";
          case EapPayload.RESPONSE -> "response";
          case EapPayload.SUCCESS -> "success";
          case EapPayload.FAILURE -> "failure";
          default -> "code-" + eap.code();
        };
    return code + (eap.method() == 0 ? "" : "/" + eapMethod(eap.method())) + " " + eap.identifier();
  }

  private static String eapMethod(int number) {
    return switch (number) {
      case 1 -> "identity";
      case 2 -> "notification";
      case 3 -> "nak";
      case 4 -> "md5";
      case 6 -> "gtc";
      case 13 -> "tls";
      case 18 -> "sim";
      case 21 -> "ttls";
      case 23 -> "aka";
      case 25 -> "peap";
      case 26 -> "mschapv2";
      case 50 -> "aka-prime";
      case 254 -> "expanded";
      default -> "method-" + number;
    };
  }

  static String configurationKind(int kind) {
    return switch (kind) {
      case CpPayload.REQUEST -> "request";
      case CpPayload.REPLY -> "reply";
      case CpPayload.SET -> "set";
      case CpPayload.ACK -> "ack";
      default -> "kind-" + kind;
    };
  }

  /** All octets if they are few, otherwise the first and how many there are. */
  static String hex(Octets octets) {
    return octets.size() <= MUCH
        ? octets.toString()
        : octets.slice(0, MUCH / 2) + ".. (" + octets.size() + " octets)";
  }

  /** Text where every octet is a letter, a digit or the like; hexadecimal digits otherwise. */
  static String hexOrText(Octets octets) {
    return printable(octets) ? text(octets) : hex(octets);
  }

  static boolean printable(Octets octets) {
    for (int i = 0; i < octets.size(); i++) {
      if (octets.at(i) < 0x20 || octets.at(i) > 0x7e) {
        return false;
      }
    }
    return !octets.isEmpty();
  }

  /** What prints as it is, everything else escaped, so that no terminal can be fooled. */
  static String text(Octets octets) {
    StringBuilder text = new StringBuilder(octets.size());
    for (int i = 0; i < octets.size(); i++) {
      int octet = octets.at(i);
      if (octet >= 0x20 && octet <= 0x7e && octet != '\\') {
        text.append((char) octet);
      } else {
        text.append("\\x").append(Octets.number(octet, 1));
      }
    }
    return text.toString();
  }
}
