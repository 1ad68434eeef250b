package org.larval.ike.message;

import java.util.ArrayList;
import java.util.List;

/** Notifications for people, with the data of those whose data have a form. */
final class NotifyText {
  private NotifyText() {}

  static String of(NotifyPayload notify) {
    List<String> words = new ArrayList<>();
    words.add(NotifyType.name(notify.notification()));
    if (notify.protocol() != 0) {
      words.add(PayloadText.protocol(notify.protocol()));
    }
    if (!notify.spi().isEmpty()) {
      words.add(notify.spi().toString());
    }
    if (!notify.data().isEmpty()) {
      words.add(data(notify));
    }
    return String.join(" ", words);
  }

  private static String data(NotifyPayload notify) {
    Octets data = notify.data();
    NotifyType known = NotifyType.of(notify.notification());
    if (known == null) {
      return PayloadText.hex(data);
    }
    return switch (known) {
      case UNSUPPORTED_CRITICAL_PAYLOAD ->
          data.size() == 1 ? PayloadType.name(data.at(0)) : PayloadText.hex(data);
      case INVALID_KE_PAYLOAD ->
          data.size() == 2 ? TransformName.method(data.unsignedShort(0)) : PayloadText.hex(data);
      case SIGNATURE_HASH_ALGORITHMS -> hashes(data);
      case ADDITIONAL_IP4_ADDRESS ->
          data.size() == 4 ? IdentityText.address(data, 0) : PayloadText.hex(data);
      case ADDITIONAL_IP6_ADDRESS ->
          data.size() == 16 ? IdentityText.address(data, 0) : PayloadText.hex(data);
      case AUTH_LIFETIME, SET_WINDOW_SIZE, INVALID_MESSAGE_ID ->
          data.size() == 4 ? Integer.toUnsignedString(data.integer(0)) : PayloadText.hex(data);
      case REDIRECT, REDIRECTED_FROM -> gateway(data);
      case PPK_IDENTITY -> data.at(0) + " " + PayloadText.hexOrText(data.slice(1, data.size() - 1));
      default -> PayloadText.hex(data);
    };
  }

  private static String hashes(Octets data) {
    List<String> names = new ArrayList<>();
    for (int at = 0; at + 1 < data.size(); at += 2) {
      int number = data.unsignedShort(at);
      names.add(
          switch (number) {
            case 1 -> "sha1";
            case 2 -> "sha256";
            case 3 -> "sha384";
            case 4 -> "sha512";
            case 5 -> "identity";
            case 6 -> "streebog256";
            case 7 -> "streebog512";
            default -> "hash-" + number;
          });
    }
    return String.join(" ", names);
  }

  private static String gateway(Octets data) {
    if (data.size() < 2 || data.size() - 2 < data.at(1)) {
      return PayloadText.hex(data);
    }
    Octets identity = data.slice(2, data.at(1));
    return switch (data.at(0)) {
      case 1 -> identity.size() == 4 ? IdentityText.address(identity, 0) : PayloadText.hex(data);
      case 2 -> identity.size() == 16 ? IdentityText.address(identity, 0) : PayloadText.hex(data);
      case 3 -> PayloadText.text(identity);
      default -> PayloadText.hex(data);
    };
  }
}
