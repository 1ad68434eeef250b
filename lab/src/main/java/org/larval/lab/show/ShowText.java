package org.larval.lab.show;

import java.util.Locale;
import org.larval.ike.message.TextLine;
import org.larval.lab.show.ShowReport.Auth;
import org.larval.lab.show.ShowReport.KeySet;
import org.larval.lab.show.ShowReport.Layer;
import org.larval.lab.show.ShowReport.Shown;
import org.larval.lab.show.ShowReport.Totals;

/** A capture for a terminal: each frame, and below it what is inside, further in further right. */
public final class ShowText {
  private ShowText() {}

  /** All of it, the counts last. */
  public static String of(ShowReport report) {
    StringBuilder text = new StringBuilder();
    for (Shown packet : report.packets()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%5d %11.6f  %d bytes",
              packet.frame(),
              packet.seconds(),
              packet.bytes()));
      for (Layer layer : packet.layers()) {
        if (layer.name().equals("ethernet") || layer.name().equals("arp")) {
          text.append("  ").append(layer.name()).append(' ').append(layer.text());
          continue;
        }
        text.append('\n')
            .append(" ".repeat(8 + 2 * layer.depth()))
            .append(layer.name())
            .append(' ')
            .append(layer.text());
        if (layer.ike() != null) {
          for (TextLine line : layer.ike().payloads()) {
            text.append('\n').append(" ".repeat(10 + 2 * layer.depth())).append(line);
          }
        }
      }
      text.append('\n');
    }
    keys(report, text);
    Totals totals = report.totals();
    return text.append(
            "%d packets, %d protected: %d verified, %d failed"
                .formatted(
                    totals.packets(),
                    totals.protectedPackets(),
                    totals.verified(),
                    totals.failed()))
        .append("; %d resealed, %d identical\n".formatted(totals.resealed(), totals.identical()))
        .append(ike(totals))
        .toString();
  }

  private static void keys(ShowReport report, StringBuilder text) {
    for (KeySet set : report.keySets()) {
      text.append("keys of ").append(set.kind()).append(' ').append(set.number());
      text.append(set.spis().isEmpty() ? "" : " (" + String.join(" ", set.spis()) + ")");
      text.append(set.proposal().isEmpty() ? "" : " " + set.proposal());
      text.append(set.recomputed() ? ": recomputed\n" : ": not recomputed: " + set.why() + "\n");
    }
    for (Auth auth : report.auths()) {
      text.append("auth of ").append(auth.by()).append(" in frame ").append(auth.frame());
      text.append(", ").append(auth.method()).append(", ").append(auth.identity()).append(": ");
      text.append(auth.verified() ? "verified" : "not verified");
      text.append(auth.why() == null ? "\n" : ": " + auth.why() + "\n");
    }
  }

  private static String ike(Totals totals) {
    if (totals.ike() == 0 && totals.keySets() == 0) {
      return "";
    }
    return "%d ike, %d encrypted: %d decrypted; %d key sets: %d recomputed; "
            .formatted(
                totals.ike(),
                totals.encrypted(),
                totals.decrypted(),
                totals.keySets(),
                totals.keySetsRecomputed())
        + "%d auth: %d verified; %d esp: %d decrypted\n"
            .formatted(totals.auth(), totals.authVerified(), totals.esp(), totals.espDecrypted());
  }
}
