package org.larval.lab.ike;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon answers to any request; {@code docs/schema/ike.schema.json} describes it.
 *
 * @param done whether what was asked for is so
 * @param message for people
 * @param sas what there is, for {@code status} alone
 */
@JsonPropertyOrder({"done", "message", "sas"})
public record IkeReport(boolean done, String message, List<Sa> sas) {
  /**
   * An IKE SA.
   *
   * @param initiatorSpi 16 hexadecimal digits
   * @param local address and port
   */
  @JsonPropertyOrder(alphabetic = false)
  public record Sa(
      String connection,
      String state,
      @JsonProperty("initiator-spi") String initiatorSpi,
      @JsonProperty("responder-spi") String responderSpi,
      boolean initiator,
      String local,
      String remote,
      @JsonProperty("local-id") String localId,
      @JsonProperty("remote-id") String remoteId,
      String suite,
      List<Child> children) {}

  /**
   * A pair of SAs.
   *
   * @param in SPI of the inbound one, 8 hexadecimal digits
   * @param packetsIn what came through it, null if the packets do not pass here
   */
  @JsonPropertyOrder(alphabetic = false)
  public record Child(
      String name,
      String state,
      String mode,
      boolean encapsulated,
      String suite,
      String in,
      String out,
      @JsonProperty("local-ts") List<String> localTs,
      @JsonProperty("remote-ts") List<String> remoteTs,
      @Nullable String label,
      int reqid,
      @JsonProperty("packets-in") @Nullable Long packetsIn,
      @JsonProperty("bytes-in") @Nullable Long bytesIn,
      @JsonProperty("packets-out") @Nullable Long packetsOut,
      @JsonProperty("bytes-out") @Nullable Long bytesOut) {}

  /** Keeps its own copy of the list. */
  public IkeReport {
    sas = List.copyOf(sas);
  }

  static IkeReport done(String message) {
    return new IkeReport(true, message, List.of());
  }

  static IkeReport failed(String message) {
    return new IkeReport(false, message, List.of());
  }
}
