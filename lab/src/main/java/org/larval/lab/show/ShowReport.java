package org.larval.lab.show;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.TextLine;

/**
 * What a capture holds; as JSON by docs/schema/show.schema.json.
 *
 * @param capture its name
 * @param keySets sets of the key file, derived again
 * @param auths AUTH payloads that could be read
 * @param damage why reading ended early, or null
 */
public record ShowReport(
    String capture,
    List<Shown> packets,
    @JsonProperty("key-sets") List<KeySet> keySets,
    List<Auth> auths,
    @Nullable String damage,
    Totals totals) {

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
   * @param ike null unless a message of IKEv2
   */
  public record Layer(
      int depth,
      String name,
      String text,
      @Nullable Security security,
      @Nullable Label label,
      @Nullable Ike ike) {
    Layer(int depth, String name, String text, @Nullable Security security) {
      this(depth, name, text, security, null, null);
    }

    Layer(int depth, String name, String text, @Nullable Security security, @Nullable Label label) {
      this(depth, name, text, security, label, null);
    }
  }

  /**
   * A message of IKEv2.
   *
   * @param initiatorSpi in hexadecimal, null if the message is cut off before its end
   * @param responderSpi in hexadecimal, null if the message is cut off before its end
   * @param exchange by name, null if the message is cut off before its end
   * @param fromInitiator whether its sender began the IKE SA
   * @param verdict clear, decrypted, failed, unopened or malformed
   * @param keys where the keys that opened it are from, or null
   * @param why it failed or is malformed, or null
   * @param payloads those outside, and further in those inside; the ones of fragments at the last
   */
  public record Ike(
      @JsonProperty("initiator-spi") @Nullable String initiatorSpi,
      @JsonProperty("responder-spi") @Nullable String responderSpi,
      @Nullable String exchange,
      boolean response,
      @JsonProperty("from-initiator") boolean fromInitiator,
      @JsonProperty("message-id") long messageId,
      int bytes,
      String verdict,
      @Nullable String keys,
      @Nullable String why,
      List<TextLine> payloads) {}

  /**
   * A set of keys, derived again.
   *
   * @param kind ike or child
   * @param number in the file, from 1 for each kind
   * @param spis what names the SA, as far as known
   * @param recomputed whether all came out the same
   * @param why not, or null
   */
  public record KeySet(
      String kind,
      int number,
      List<String> spis,
      String proposal,
      boolean recomputed,
      @Nullable String why) {}

  /**
   * An AUTH payload.
   *
   * @param frame of the message, or of its last fragment
   * @param spis of the IKE SA
   * @param by initiator or responder
   * @param method how it proves
   * @param identity what it proves
   * @param why it does not verify, or null
   */
  public record Auth(
      int frame,
      String spis,
      String by,
      String method,
      String identity,
      boolean verified,
      @Nullable String why) {}

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
   * @param ike messages of IKEv2
   * @param encrypted those of them with an encrypted payload or a fragment of one
   * @param decrypted those of them that were opened
   * @param keySets sets of IKE and child SAs in the key file
   * @param keySetsRecomputed those of them that came out the same when derived again
   * @param auth AUTH payloads that could be read
   * @param authVerified those of them that verify
   * @param esp packets of ESP, those in UDP too
   * @param espDecrypted those of them that were opened
   */
  public record Totals(
      int packets,
      @JsonProperty("protected") int protectedPackets,
      int verified,
      int failed,
      int resealed,
      int identical,
      int ike,
      int encrypted,
      int decrypted,
      @JsonProperty("key-sets") int keySets,
      @JsonProperty("key-sets-recomputed") int keySetsRecomputed,
      int auth,
      @JsonProperty("auth-verified") int authVerified,
      int esp,
      @JsonProperty("esp-decrypted") int espDecrypted) {}
}
