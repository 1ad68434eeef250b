package org.larval.lab.show;

import java.util.Locale;
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
      }
      text.append('\n');
    }
    Totals totals = report.totals();
    return text.append(
            "%d packets, %d protected: %d verified, %d failed"
                .formatted(
                    totals.packets(),
                    totals.protectedPackets(),
                    totals.verified(),
                    totals.failed()))
        .append("; %d resealed, %d identical\n".formatted(totals.resealed(), totals.identical()))
        .toString();
  }
}
