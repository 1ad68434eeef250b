package org.larval.lab.show;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a capture holds; as JSON by docs/schema/show.schema.json.
 *
 * @param capture its name
 * @param damage why reading ended early, or null
 */
public record ShowReport(
    String capture, List<Shown> packets, @Nullable String damage, Totals totals) {

  /**
   * One frame.
   *
   * @param frame from 1
   * @param seconds since the first frame
   * @param bytes on the wire
   * @param verdict verified, failed, or unopened where no SAs were given; null if it is not
   *     protected
   * @param resealed identical, different or impossible; null if that was not tried
   * @param label that of its outermost IP header with one; null if no header has a label option
   * @param layers outermost first
   */
  public record Shown(
      int frame,
      double seconds,
      int bytes,
      @Nullable String verdict,
      @Nullable String resealed,
      @Nullable Label label,
      List<Layer> layers) {}

  /**
   * One header, or what an SA did.
   *
   * @param depth how many IP packets and SAs it is inside of
   * @param name of the protocol
   * @param text in words
   * @param security null unless ESP, AH or IPComp
   * @param label null unless a label option of the IP header before
   */
  public record Layer(
      int depth, String name, String text, @Nullable Security security, @Nullable Label label) {
    Layer(int depth, String name, String text, @Nullable Security security) {
      this(depth, name, text, security, null);
    }
  }

  /**
   * A label option, as it is on the wire.
   *
   * @param kind cipso, calipso or ripso
   * @param doi null where there is none
   * @param tag type of the first CIPSO tag, format of an extended RIPSO option; else null
   * @param level the level octet, of RIPSO the classification octet; null if there is none
   * @param categories in rising order, of RIPSO the bits of authorities
   * @param secid of a local tag, else null
   * @param valid whether the kernel would take it
   * @param errorPointer the offset in the IP header that an ICMP Parameter Problem would point at;
   *     null if it is valid or nobody would be told
   * @param why it is not valid, or null
   */
  public record Label(
      String kind,
      @Nullable Long doi,
      @Nullable Integer tag,
      @Nullable Integer level,
      List<Integer> categories,
      @Nullable Integer secid,
      boolean valid,
      @JsonProperty("error-pointer") @Nullable Integer errorPointer,
      @Nullable String why) {}

  /**
   * An IPsec header.
   *
   * @param spi in hexadecimal
   * @param sequence unsigned, all 64 bits where they are known; null for IPComp
   * @param line of the SA that was used; null if there is none
   * @param sa its algorithms and mode; null if there is none
   * @param verdict verified, failed or unopened
   * @param why it failed or could not be built again, or null
   * @param resealed identical, different or impossible; null if that was not tried
   * @param differs the first byte at which the packet built again differs, from its IP header; null
   *     if it does not
   */
  public record Security(
      String spi,
      @Nullable String sequence,
      @Nullable Integer line,
      @Nullable String sa,
      String verdict,
      @Nullable String why,
      @Nullable String resealed,
      @Nullable Integer differs) {}

  /**
   * The counts.
   *
   * @param packets frames
   * @param protectedPackets packets with ESP, AH or IPComp; a bundle counts once, and so does a
   *     packet that came in fragments
   * @param verified protected packets that all their SAs opened
   * @param failed the other protected packets; none where no SAs were given
   * @param resealed verified packets that were built again
   * @param identical those of them that equal the captured bytes
   */
  public record Totals(
      int packets,
      @JsonProperty("protected") int protectedPackets,
      int verified,
      int failed,
      int resealed,
      int identical) {}
}
