package org.larval.lab.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.lab.report.TextTable;

/**
 * How fast ESP is here.
 *
 * @param libraries that were measured
 * @param libraryMissing why libIPSec_MB was not, or null
 * @param openssl the version that the C loop ran over, or null
 * @param opensslMissing why there was no C loop, or null
 */
public record EspReport(
    List<String> libraries,
    @Nullable String libraryMissing,
    @Nullable String openssl,
    @Nullable String opensslMissing,
    List<Row> rows,
    List<Many> many) {
  /**
   * One library, direction and size.
   *
   * @param way seal or open
   * @param bytes of the packet before protection
   * @param nanos of the whole path for a packet, median of the rounds
   * @param cipherNanos of the library's cipher alone over as many bytes as ESP encrypts
   * @param ofCipher the path's speed as a part of the cipher's
   * @param opensslNanos of the C loop, or null
   * @param timesOpenssl the path's speed as a multiple of the C loop's, or null
   * @param cipherTimesOpenssl the cipher's speed as a multiple of the C loop's, or null
   * @param allocated bytes of heap for a packet
   */
  public record Row(
      String library,
      String way,
      int bytes,
      double packetsPerSecond,
      double nanos,
      double cipherNanos,
      double ofCipher,
      @Nullable Double opensslNanos,
      @Nullable Double timesOpenssl,
      @Nullable Double cipherTimesOpenssl,
      double allocated) {}

  /**
   * Packets that come in by many SAs in random order.
   *
   * @param associations how many
   */
  public record Many(
      String library,
      int associations,
      int bytes,
      double packetsPerSecond,
      double nanos,
      double allocated) {}

  /**
   * Reports of one library each as one, sizes and directions side by side.
   *
   * @param parts over the same sizes
   */
  public static EspReport together(List<EspReport> parts) {
    EspReport first = parts.getFirst();
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < first.rows().size(); i++) {
      for (EspReport part : parts) {
        rows.add(part.rows().get(i));
      }
    }
    return new EspReport(
        parts.stream().flatMap(part -> part.libraries().stream()).toList(),
        first.libraryMissing(),
        first.openssl(),
        first.opensslMissing(),
        rows,
        parts.stream().flatMap(part -> part.many().stream()).toList());
  }

  /** For a terminal. */
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append("ESP, AES-128-GCM, tunnel mode over IPv4; processor time of one thread, medians\n");
    text.append("crypto: ").append(String.join(", ", libraries));
    if (libraryMissing != null) {
      text.append(" (no libIPSec_MB: ").append(libraryMissing).append(')');
    }
    text.append('\n').append("reference: ");
    text.append(
        opensslMissing == null
            ? "a C loop over " + openssl
            : "none; the C loop over OpenSSL was skipped: " + opensslMissing);
    text.append("\n\n").append(paths()).append('\n').append(associations());
    return text.toString();
  }

  private TextTable paths() {
    TextTable table =
        new TextTable(
            "crypto",
            "way",
            "bytes",
            "packets/s",
            "ns",
            "cipher ns",
            "of cipher",
            "OpenSSL ns",
            "x OpenSSL",
            "cipher x",
            "allocated");
    for (Row row : rows) {
      table.row(
          row.library(),
          row.way(),
          row.bytes(),
          whole(row.packetsPerSecond()),
          tenth(row.nanos()),
          tenth(row.cipherNanos()),
          hundredth(row.ofCipher()),
          tenth(row.opensslNanos()),
          hundredth(row.timesOpenssl()),
          hundredth(row.cipherTimesOpenssl()),
          whole(row.allocated()));
    }
    return table;
  }

  private TextTable associations() {
    TextTable table =
        new TextTable("crypto, opening", "SAs", "bytes", "packets/s", "ns", "allocated");
    for (Many row : many) {
      table.row(
          row.library(),
          row.associations(),
          row.bytes(),
          whole(row.packetsPerSecond()),
          tenth(row.nanos()),
          whole(row.allocated()));
    }
    return table;
  }

  private static String whole(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  private static String tenth(@Nullable Double value) {
    return value == null ? "" : String.format(Locale.ROOT, "%.1f", value);
  }

  private static String hundredth(@Nullable Double value) {
    return value == null ? "" : String.format(Locale.ROOT, "%.2f", value);
  }
}
