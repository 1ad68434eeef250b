package org.larval.lab.run;

import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.larval.labels.Sids;
import org.larval.packet.Packet;

/** What a capture says beside a frame, in its comment: labels that no byte of it shows. */
final class CaptureNotes {
  static final String LEAKED = "left in clear although a policy asked for protection";

  private final Sids sids;

  CaptureNotes(Sids sids) {
    this.sids = sids;
  }

  /** Of a packet on its way out: its sender's label and its mark; null if it has neither. */
  @Nullable String sent(Packet packet) {
    return of(packet, packet.leaked ? LEAKED : null, "label", packet.label);
  }

  /**
   * Of a packet that came in.
   *
   * @param peer the SID of its sender, 0 for none
   */
  @Nullable String received(Packet packet, int peer) {
    return of(packet, null, "peer", peer);
  }

  /** Of a packet that a link lost. */
  String lost(Packet packet, String why) {
    String labels = sent(packet);
    return "lost: " + why + (labels == null ? "" : "; " + labels);
  }

  private @Nullable String of(Packet packet, @Nullable String first, String word, int sid) {
    if (first == null && sid <= 0 && packet.secmark == 0) {
      return null;
    }
    StringJoiner note = new StringJoiner("; ");
    if (first != null) {
      note.add(first);
    }
    if (sid > 0) {
      note.add(word + " " + sids.context(sid));
    }
    if (packet.secmark != 0) {
      note.add("secmark " + sids.context(packet.secmark));
    }
    return note.toString();
  }
}
