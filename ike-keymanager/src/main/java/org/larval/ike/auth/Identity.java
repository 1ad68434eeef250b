package org.larval.ike.auth;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Octets;
import org.larval.wire.IpAddress;

/**
 * Who a peer says it is (RFC 7296 section 3.5).
 *
 * @param kind number of the ID type; {@link #ANY} for a pattern that everybody matches
 * @param data the ID payload's data
 */
public record Identity(int kind, Octets data) {
  /** Not on the wire: whoever comes. */
  public static final int ANY = 0;

  /** Four octets. */
  public static final int IPV4_ADDR = 1;

  /** A name of the DNS, not terminated. */
  public static final int FQDN = 2;

  /** A mail address. */
  public static final int RFC822_ADDR = 3;

  /** Sixteen octets. */
  public static final int IPV6_ADDR = 5;

  /** A distinguished name in DER. */
  public static final int DER_ASN1_DN = 9;

  /** A general name in DER. */
  public static final int DER_ASN1_GN = 10;

  /** Opaque octets. */
  public static final int KEY_ID = 11;

  /** Nobody (RFC 7619). */
  public static final int NULL = 13;

  /** Perfect match; each wildcard takes one off, {@link #ANY} gives 1, and 0 is no match. */
  public static final int PERFECT = 20;

  /** Whoever comes. */
  public static final Identity ANYBODY = new Identity(ANY, Octets.EMPTY);

  /** Nobody. */
  public static final Identity NOBODY = new Identity(NULL, Octets.EMPTY);

  /** An address. */
  public static Identity of(IpAddress address) {
    return literal(address.toString());
  }

  private static Identity literal(String address) {
    byte[] octets = address(address);
    if (octets == null) {
      throw new IllegalArgumentException("not an address: " + address);
    }
    return new Identity(octets.length == 4 ? IPV4_ADDR : IPV6_ADDR, Octets.of(octets));
  }

  /**
   * Reads text as strongSwan does: {@code %any}, addresses, {@code C=..,CN=..}, {@code user@x},
   * {@code @fqdn}, {@code @@user@x}, {@code @#hex}, a kind and a colon in front ({@code keyid:},
   * {@code fqdn:}, {@code email:}, {@code ipv4:}, {@code ipv6:}, {@code asn1dn:}), otherwise a name
   * of the DNS.
   *
   * @throws IllegalArgumentException when a kind in front does not fit what follows
   */
  public static Identity parse(String text) {
    Identity prefixed = prefixed(text);
    if (prefixed != null) {
      return prefixed;
    }
    if (text.isEmpty()
        || text.equals("%any")
        || text.equals("%any6")
        || text.equals("*")
        || text.equals("0.0.0.0")
        || text.equals("::")) {
      return ANYBODY;
    }
    if (text.equals("%null")) {
      return NOBODY;
    }
    if (text.indexOf('=') >= 0) {
      Identity name = DistinguishedName.parse(text);
      return name != null ? name : text(KEY_ID, text);
    }
    if (text.startsWith("@#")) {
      return new Identity(KEY_ID, hex(text.substring(2)));
    }
    if (text.startsWith("@@")) {
      return text(RFC822_ADDR, text.substring(2));
    }
    if (text.startsWith("@")) {
      return text(FQDN, text.substring(1));
    }
    if (text.indexOf('@') >= 0) {
      return text(RFC822_ADDR, text);
    }
    byte[] address = address(text);
    if (address != null) {
      return literal(text);
    }
    return text(text.indexOf(':') >= 0 ? KEY_ID : FQDN, text);
  }

  private static @Nullable Identity prefixed(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return null;
    }
    String rest = text.substring(colon + 1);
    int kind =
        switch (text.substring(0, colon).toLowerCase(Locale.ROOT)) {
          case "ipv4" -> IPV4_ADDR;
          case "ipv6" -> IPV6_ADDR;
          case "fqdn", "dns" -> FQDN;
          case "rfc822", "email", "userfqdn" -> RFC822_ADDR;
          case "asn1dn" -> DER_ASN1_DN;
          case "asn1gn" -> DER_ASN1_GN;
          case "keyid" -> KEY_ID;
          default -> -1;
        };
    if (kind < 0) {
      return null;
    }
    if (rest.startsWith("#")) {
      return new Identity(kind, hex(rest.substring(1)));
    }
    Identity name = kind == DER_ASN1_DN ? DistinguishedName.parse(rest) : null;
    byte[] address = kind == IPV4_ADDR || kind == IPV6_ADDR ? address(rest) : null;
    return switch (kind) {
      case IPV4_ADDR, IPV6_ADDR -> {
        if (address == null || (address.length == 4) != (kind == IPV4_ADDR)) {
          throw new IllegalArgumentException("'" + text + "' is not an address of that kind");
        }
        yield new Identity(kind, Octets.of(address));
      }
      case DER_ASN1_DN -> {
        if (name == null) {
          throw new IllegalArgumentException("'" + text + "' is not a distinguished name");
        }
        yield name;
      }
      default -> text(kind, rest);
    };
  }

  private static Identity text(int kind, String text) {
    return new Identity(kind, Octets.of(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static Octets hex(String digits) {
    try {
      return Octets.of(HexFormat.of().parseHex(digits.replace(":", "")));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'" + digits + "' is not hexadecimal");
    }
  }

  /** The octets of a literal address; null for anything that would need a look-up. */
  private static byte @Nullable [] address(String text) {
    boolean v4 = text.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    boolean v6 = text.indexOf(':') >= 0 && text.matches("[0-9a-fA-F:.]+");
    if (!v4 && !v6) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(text).getAddress();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * How well it fits a pattern, 0 to {@link #PERFECT}: {@code %any} fits all, {@code *.test} and
   * {@code *@x} fit by what follows the asterisk, and a distinguished name may have {@code *} for
   * whole values.
   */
  public int matches(Identity pattern) {
    if (pattern.kind == ANY) {
      return 1;
    }
    if (pattern.kind != kind) {
      return 0;
    }
    if (pattern.data.equals(data)) {
      return PERFECT;
    }
    return switch (kind) {
      case FQDN, RFC822_ADDR -> {
        String ours = lower(data);
        String wanted = lower(pattern.data);
        if (wanted.startsWith("*")) {
          yield ours.endsWith(wanted.substring(1)) ? PERFECT - 1 : 0;
        }
        yield ours.equals(wanted) ? PERFECT : 0;
      }
      case DER_ASN1_DN -> {
        int wildcards = DistinguishedName.wildcards(data, pattern.data);
        yield wildcards < 0 ? 0 : Math.max(2, PERFECT - wildcards);
      }
      default -> 0;
    };
  }

  private static String lower(Octets text) {
    return new String(text.toArray(), StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
  }

  /** The ID payload without its generic header: kind, three reserved octets, data. */
  public Octets body() {
    return Octets.number((long) kind << 24, 4).and(data);
  }

  /** Text that {@link #parse} reads back; what cannot be printed is hexadecimal. */
  @Override
  public String toString() {
    return switch (kind) {
      case ANY -> "%any";
      case NULL -> "%null";
      case IPV4_ADDR, IPV6_ADDR -> addressText();
      case FQDN, RFC822_ADDR -> printable(data) ? plain() : prefix() + "#" + data;
      case DER_ASN1_DN -> {
        String name = DistinguishedName.text(data);
        yield name == null ? "asn1dn:#" + data : name;
      }
      case KEY_ID -> printable(data) ? "keyid:" + ascii() : "keyid:#" + data;
      case DER_ASN1_GN -> "asn1gn:#" + data;
      default -> "id-type-" + kind + ":#" + data;
    };
  }

  private String prefix() {
    return kind == FQDN ? "fqdn:" : "email:";
  }

  private String plain() {
    String text = ascii();
    boolean same;
    try {
      same = parse(text).equals(this);
    } catch (IllegalArgumentException e) {
      same = false;
    }
    return same ? text : prefix() + text;
  }

  private String ascii() {
    return new String(data.toArray(), StandardCharsets.US_ASCII);
  }

  private static boolean printable(Octets data) {
    for (int at = 0; at < data.size(); at++) {
      if (data.at(at) <= ' ' || data.at(at) > '~') {
        return false;
      }
    }
    return !data.isEmpty() && data.at(0) != '#';
  }

  private String addressText() {
    try {
      return InetAddress.getByAddress(data.toArray()).getHostAddress();
    } catch (UnknownHostException e) {
      return "id-type-" + kind + ":#" + data;
    }
  }
}
