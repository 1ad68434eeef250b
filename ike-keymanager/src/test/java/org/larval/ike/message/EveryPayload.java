package org.larval.ike.message;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.larval.wire.IpAddress;

/** One message with a payload of every kind. */
final class EveryPayload {
  private EveryPayload() {}

  static List<Payload> clear() {
    Octets spi = Octets.hex("c0ffee01");
    Proposal esp =
        new Proposal(
            1,
            Protocol.ESP.id(),
            spi,
            List.of(
                new Transform(Transform.ENCR, 12, 256),
                new Transform(Transform.ENCR, 3),
                new Transform(Transform.INTEG, 12),
                new Transform(Transform.ADDKE1, 36),
                new Transform(Transform.SN, 0)));
    Proposal aead =
        new Proposal(
            2,
            Protocol.ESP.id(),
            spi,
            List.of(new Transform(Transform.ENCR, 20, 128), new Transform(Transform.SN, 1)));
    return List.of(
        new SaPayload(List.of(esp, aead)),
        new KePayload(31, Octets.of(new byte[32])),
        new IdPayload(true, IdType.FQDN, text("a.test")),
        new IdPayload(false, IdType.IPV4_ADDR, Octets.of((byte) 10, (byte) 0, (byte) 0, (byte) 1)),
        new CertPayload(CertificateEncoding.RAW_PUBLIC_KEY.number(), Octets.hex("300506032b6570")),
        new CertReqPayload(CertificateEncoding.X509_SIGNATURE.number(), Octets.of(new byte[40])),
        new AuthPayload(AuthMethod.SHARED_KEY.number(), Octets.of(new byte[32])),
        new NoncePayload(Octets.of(new byte[32])),
        new NotifyPayload(NotifyType.REKEY_SA, Protocol.ESP, spi, Octets.EMPTY),
        new NotifyPayload(NotifyType.SIGNATURE_HASH_ALGORITHMS, Octets.hex("00020005")),
        DeletePayload.ike(),
        DeletePayload.children(Protocol.ESP, List.of(spi, Octets.hex("00000100"))),
        new VendorIdPayload(text("larval")),
        new TsPayload(
            true,
            List.of(
                range(6, 80, 80, "10.0.0.0", "10.0.0.255"),
                range(0, 0, 65_535, "fd00::", "fd00::ffff"),
                new Selector.Label(text("system_u:object_r:secret_t:s0\0")))),
        new TsPayload(false, List.of(range(1, 0x0800, 0x0800, "10.0.1.1", "10.0.1.9"))),
        new CpPayload(
            CpPayload.REPLY,
            List.of(
                new CpPayload.Attribute(
                    ConfigurationAttribute.INTERNAL_IP4_ADDRESS, Octets.hex("0a030001")),
                new CpPayload.Attribute(ConfigurationAttribute.INTERNAL_IP4_DNS, Octets.EMPTY))),
        new EapPayload(Octets.hex("0207000a01612e74657374".substring(0, 20))),
        new UnknownPayload(false, 200, Octets.hex("0102")));
  }

  static Selector range(int protocol, int firstPort, int lastPort, String first, String last) {
    return new Selector.Range(
        protocol, firstPort, lastPort, IpAddress.parse(first), IpAddress.parse(last));
  }

  static Octets text(String text) {
    return Octets.of(text.getBytes(StandardCharsets.US_ASCII));
  }

  static Header header() {
    return new Header(0x1122334455667788L, 0x99L, ExchangeType.IKE_AUTH, true, false, 1);
  }
}
