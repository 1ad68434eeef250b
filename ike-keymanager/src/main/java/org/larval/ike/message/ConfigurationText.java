package org.larval.ike.message;

/** Configuration attributes for people. */
final class ConfigurationText {
  private ConfigurationText() {}

  static String value(CpPayload.Attribute attribute) {
    Octets value = attribute.value();
    ConfigurationAttribute known = ConfigurationAttribute.of(attribute.attribute());
    if (value.isEmpty()) {
      return "";
    }
    if (known == null) {
      return PayloadText.hex(value);
    }
    return switch (known) {
      case INTERNAL_IP4_ADDRESS,
          INTERNAL_IP4_NETMASK,
          INTERNAL_IP4_DNS,
          INTERNAL_IP4_NBNS,
          INTERNAL_IP4_DHCP,
          P_CSCF_IP4_ADDRESS ->
          value.size() == 4 ? IdentityText.address(value, 0) : PayloadText.hex(value);
      case INTERNAL_IP4_SUBNET ->
          value.size() == 8
              ? IdentityText.address(value, 0) + "/" + IdentityText.address(value, 4)
              : PayloadText.hex(value);
      case INTERNAL_IP6_ADDRESS, INTERNAL_IP6_SUBNET ->
          value.size() == 17
              ? IdentityText.address(value.slice(0, 16), 0) + "/" + value.at(16)
              : PayloadText.hex(value);
      case INTERNAL_IP6_DNS, INTERNAL_IP6_DHCP, P_CSCF_IP6_ADDRESS ->
          value.size() == 16 ? IdentityText.address(value, 0) : PayloadText.hex(value);
      case APPLICATION_VERSION, INTERNAL_DNS_DOMAIN -> PayloadText.text(value);
      case SUPPORTED_ATTRIBUTES -> supported(value);
      default -> PayloadText.hex(value);
    };
  }

  private static String supported(Octets value) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at + 1 < value.size(); at += 2) {
      text.append(at == 0 ? "" : " ");
      text.append(ConfigurationAttribute.name(value.unsignedShort(at) & 0x7fff));
    }
    return text.toString();
  }
}
