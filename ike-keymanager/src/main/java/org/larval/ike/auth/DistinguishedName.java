package org.larval.ike.auth;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Octets;

/** Distinguished names: text in the order it is written, and wildcards for whole values. */
final class DistinguishedName {
  private static final int MAX_OCTETS = 8192;

  private DistinguishedName() {}

  /** An asterisk fits no printable string, yet must stand for a country too. */
  private static final class Patterns extends BCStyle {
    private static final Patterns STYLE = new Patterns();

    @Override
    protected ASN1Encodable encodeStringValue(ASN1ObjectIdentifier type, String value) {
      return value.equals("*") ? new DERUTF8String(value) : super.encodeStringValue(type, value);
    }
  }

  static Identity identity(X500Name name) {
    try {
      return new Identity(Identity.DER_ASN1_DN, Octets.of(name.getEncoded(ASN1Encoding.DER)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code C=XX, O=interop, CN=a.test}, also with slashes in front; null when it is none. */
  static @Nullable Identity parse(String text) {
    try {
      String commas =
          text.startsWith("/") ? text.substring(1).replace(",", "\\,").replace('/', ',') : text;
      return identity(new X500Name(Patterns.STYLE, commas));
    } catch (RuntimeException e) {
      return null;
    }
  }

  static @Nullable X500Name read(Octets der) {
    if (der.size() > MAX_OCTETS) {
      return null;
    }
    try {
      return X500Name.getInstance(
          BCStyle.INSTANCE, org.bouncycastle.asn1.ASN1Primitive.fromByteArray(der.toArray()));
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  /** How many values of a pattern are wildcards, or -1 when the name does not match it. */
  static int wildcards(Octets der, Octets patternDer) {
    X500Name name = read(der);
    X500Name pattern = read(patternDer);
    if (name == null || pattern == null) {
      return -1;
    }
    RDN[] ours = name.getRDNs();
    RDN[] wanted = pattern.getRDNs();
    if (ours.length != wanted.length) {
      return -1;
    }
    int wildcards = 0;
    for (int at = 0; at < ours.length; at++) {
      int one = wildcards(ours[at], wanted[at]);
      if (one < 0) {
        return -1;
      }
      wildcards += one;
    }
    return wildcards;
  }

  private static int wildcards(RDN ours, RDN wanted) {
    AttributeTypeAndValue[] values = ours.getTypesAndValues();
    AttributeTypeAndValue[] patterns = wanted.getTypesAndValues();
    if (values.length != patterns.length) {
      return -1;
    }
    int wildcards = 0;
    for (int at = 0; at < values.length; at++) {
      if (!values[at].getType().equals(patterns[at].getType())) {
        return -1;
      }
      String pattern = canonical(patterns[at]);
      if (pattern.equals("*")) {
        wildcards++;
      } else if (!pattern.equals(canonical(values[at]))) {
        return -1;
      }
    }
    return wildcards;
  }

  /** Without regard to case, spaces or the kind of string (RFC 5280 section 7.1). */
  private static String canonical(AttributeTypeAndValue value) {
    return IETFUtils.canonicalString(value.getValue());
  }

  /** As strongSwan prints it; control characters become question marks. */
  static @Nullable String text(Octets der) {
    X500Name name = read(der);
    if (name == null) {
      return null;
    }
    StringBuilder text = new StringBuilder();
    for (RDN one : name.getRDNs()) {
      text.append(text.isEmpty() ? "" : ", ")
          .append(BCStyle.INSTANCE.toString(new X500Name(new RDN[] {one})));
    }
    return text.toString().replaceAll("\\p{Cntrl}", "?");
  }
}
