package org.larval.ike.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message: on the wire, where an encrypted payload is the last one, or opened, with the payloads
 * that were inside.
 */
public record Message(Header header, List<Payload> payloads) {
  /** Keeps its own copy of the payloads. */
  public Message {
    payloads = List.copyOf(payloads);
  }

  /** The first payload of a kind, or null. */
  public <P extends Payload> @Nullable P first(Class<P> kind) {
    for (Payload one : payloads) {
      if (kind.isInstance(one)) {
        return kind.cast(one);
      }
    }
    return null;
  }

  /** The first payload of a kind and number: IDi and IDr, TSi and TSr share a kind. */
  public <P extends Payload> @Nullable P first(Class<P> kind, PayloadType type) {
    for (Payload one : payloads) {
      if (kind.isInstance(one) && one.type() == type.number()) {
        return kind.cast(one);
      }
    }
    return null;
  }

  /** All payloads of a kind, in order. */
  public <P extends Payload> List<P> all(Class<P> kind) {
    return payloads.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** The first notification of a type, or null. */
  public @Nullable NotifyPayload notification(NotifyType type) {
    for (Payload one : payloads) {
      if (one instanceof NotifyPayload notify && notify.is(type)) {
        return notify;
      }
    }
    return null;
  }

  /** Whether there is such a notification. */
  public boolean has(NotifyType type) {
    return notification(type) != null;
  }

  /** The first notification of an error, known or not, or null. */
  public @Nullable NotifyPayload error() {
    for (Payload one : payloads) {
      if (one instanceof NotifyPayload notify && NotifyType.isError(notify.notification())) {
        return notify;
      }
    }
    return null;
  }

  /** Number of the first critical payload that nobody here understands; 0 if there is none. */
  public int unsupportedCritical() {
    for (Payload one : payloads) {
      if (one instanceof UnknownPayload && one.critical()) {
        return one.type();
      }
    }
    return 0;
  }

  /** The same header over other payloads, as when it was opened. */
  public Message with(List<Payload> others) {
    return new Message(header, others);
  }

  /** One line, see {@link MessageText}. */
  @Override
  public String toString() {
    return MessageText.line(this);
  }
}
