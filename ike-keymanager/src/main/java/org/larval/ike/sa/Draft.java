package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Payload;

/** The payloads of a message while tasks add theirs. */
final class Draft {
  private final List<Payload> payloads = new ArrayList<>();

  void add(Payload payload) {
    payloads.add(payload);
  }

  void addFirst(Payload payload) {
    payloads.addFirst(payload);
  }

  void notify(NotifyType type) {
    payloads.add(new NotifyPayload(type));
  }

  void notify(NotifyType type, Octets data) {
    payloads.add(new NotifyPayload(type, data));
  }

  /** Forgets everything in favour of one notification. */
  void refuse(RefusedException refusal) {
    payloads.clear();
    notify(refusal.answer(), refusal.data());
  }

  List<Payload> payloads() {
    return payloads;
  }
}
