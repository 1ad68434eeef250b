package org.larval.ike.message;

import java.nio.charset.StandardCharsets;
import javax.security.auth.x500.X500Principal;
import org.larval.wire.IpAddress;

/** Identities for people, by their kind. */
final class IdentityText {
  private IdentityText() {}

  static String of(int kind, Octets data) {
    IdType known = IdType.of(kind);
    if (known == null) {
      return PayloadText.hex(data);
    }
    return switch (known) {
      case IPV4_ADDR -> data.size() == 4 ? address(data, 0) : PayloadText.hex(data);
      case IPV6_ADDR -> data.size() == 16 ? address(data, 0) : PayloadText.hex(data);
      case FQDN, RFC822_ADDR -> PayloadText.text(data);
      case DER_ASN1_DN -> name(data);
      case DER_ASN1_GN -> PayloadText.hex(data);
      case KEY_ID -> PayloadText.hexOrText(data);
      case NULL -> data.isEmpty() ? "" : PayloadText.hex(data);
    };
  }

  /** An address of four octets, or of sixteen if there are that many. */
  static String address(Octets data, int at) {
    return (data.size() - at >= 16
            ? IpAddress.ofV6(number(data, at), number(data, at + 8))
            : IpAddress.ofV4(data.integer(at)))
        .toString();
  }

  private static long number(Octets data, int at) {
    return (long) data.integer(at) << 32 | data.integer(at + 4) & 0xffff_ffffL;
  }

  private static String name(Octets data) {
    try {
      String name = new X500Principal(data.toArray()).toString();
      return PayloadText.text(Octets.of(name.getBytes(StandardCharsets.UTF_8)));
    } catch (IllegalArgumentException malformed) {
      return PayloadText.hex(data);
    }
  }
}
