package org.larval.ike.message;

import java.util.List;
import java.util.stream.Collectors;

/** Messages for people: one line, or a tree with every field. */
public final class MessageText {
  private MessageText() {}

  /** As in {@code IKE_AUTH request 1 [IDi AUTH SA TSi TSr N(MOBIKE_SUPPORTED)]}. */
  public static String line(Message message) {
    return message.header() + " [" + names(message.payloads()) + "]";
  }

  /** Names of payloads with blanks between them; what a notification says in parentheses. */
  public static String names(List<Payload> payloads) {
    return payloads.stream().map(MessageText::shortName).collect(Collectors.joining(" "));
  }

  private static String shortName(Payload payload) {
    String name = PayloadType.name(payload.type());
    String detail =
        switch (payload) {
          case NotifyPayload notify -> "(" + NotifyType.name(notify.notification()) + ")";
          case SkfPayload skf -> "(" + skf.number() + "/" + skf.total() + ")";
          case EapPayload eap -> "(" + PayloadText.eap(eap) + ")";
          case CpPayload cp -> "(" + PayloadText.configurationKind(cp.kind()) + ")";
          default -> "";
        };
    return name + detail + (payload.critical() ? "!" : "");
  }

  /** Every payload, one line or more for each. */
  public static List<TextLine> tree(List<Payload> payloads) {
    return payloads.stream().flatMap(one -> PayloadText.lines(one).stream()).toList();
  }
}
