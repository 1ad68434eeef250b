package org.larval.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.ike.crypto.Negotiation.Preference;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Protocol;
import org.larval.ike.message.Transform;

class NegotiationTest {
  private static List<Proposal> ike(String text) {
    return Proposals.parse(Protocol.IKE, text);
  }

  private static List<Proposal> esp(String text) {
    return Proposals.parse(Protocol.ESP, text);
  }

  private static String chosen(List<Proposal> offered, List<Proposal> own, boolean ke) {
    Proposal answer = Negotiation.choose(offered, own, Preference.OWN, ke);
    if (answer == null) {
      return "none";
    }
    assertThat(Negotiation.objection(offered, answer, ke)).isNull();
    return answer.number() + " " + Proposals.text(answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "aes128gcm16-prfsha256-x25519-ke1_mlkem768",
        "aes256-sha256-modp2048",
        "aes128-aes256-sha256-sha384-prfsha512-ecp256-x25519,chacha20poly1305-prfaesxcbc-x448",
        "aes192ctr-aesxcbc-ecp256bp-ke1_mlkem512-ke2_none-ke7_mlkem1024"
      })
  void textComesBack(String text) {
    assertThat(Proposals.text(ike(text))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "aes128gcm16-sha384-x25519, aes128gcm16-prfsha384-x25519",
    "aes-sha1-modp2048, aes128-sha1-modp2048",
    "aes256gcm128-prfsha256-curve25519, aes256gcm16-prfsha256-x25519",
    "aes128-sha256-prfsha256-x25519, aes128-sha256-x25519"
  })
  void impliedAndOtherWords(String text, String canonical) {
    assertThat(Proposals.text(ike(text))).isEqualTo(canonical);
  }

  @ParameterizedTest
  @CsvSource({
    "aes128gcm16-prfsha256, 'column 1: no key exchange'",
    "aes128gcm16-x25519, 'column 1: no PRF'",
    "aes128-x25519, 'column 1: no integrity'",
    "sha256-x25519, 'column 1: no encryption'",
    "aes128-sha256-x25519x, 'column 15: ''x25519x'' names no algorithm'",
    "'aes128-sha256-x25519, 3des-md5-modp1024', 'column 23: ''3des'' is refused'",
    "aes128-md5-x25519, 'column 8: ''md5'' is refused: MD5'",
    "aes128-sha256-modp1536, 'refused: too short'",
    "aes128-sha256-modp2048s256, 'refused: small subgroup'",
    "aes128gcm16-prfsha256-x25519-ke1_modp1024, 'column 30: ''ke1_modp1024'' is refused'",
    "aes128-aes128gcm16-sha256-x25519, 'need two proposals'",
    "aes128--sha256, 'column 8: a word is missing'",
    "aes128-sha256-x25519-esn, 'does not belong to IKE'",
    "aes128-sha256-x25519-ke8_mlkem768, 'names no algorithm'",
    "null-sha256-x25519, 'does not belong to IKE'"
  })
  void errorsSayWordAndPlace(String text, String message) {
    assertThatThrownBy(() -> ike(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void defaultsHoldNothingWeak() {
    for (Protocol protocol : Protocol.values()) {
      for (Proposal proposal : Proposals.standard(protocol)) {
        assertThat(Proposals.text(proposal)).doesNotContain("sha1-").doesNotContain("modp1");
        assertThat(Proposals.parse(protocol, Proposals.text(proposal)).getFirst().transforms())
            .isEqualTo(proposal.transforms());
      }
    }
    assertThat(ike("default,aes128-sha1-modp2048")).hasSize(3);
    assertThat(Proposals.text(Proposals.parse(Protocol.AH, "aes128gmac-sha256")))
        .isEqualTo("aes128gmac-sha256");
  }

  @ParameterizedTest
  @CsvSource({
    "'aes128-sha256-x25519,aes128gcm16-prfsha256-x25519', aes128gcm16-prfsha256-x25519,"
        + " 2 aes128gcm16-prfsha256-x25519",
    "aes128-aes256-sha256-modp2048-x25519, aes256-aes128-sha256-x25519-modp2048,"
        + " 1 aes256-sha256-x25519",
    "aes128-sha256-x25519, aes256-sha256-x25519, none",
    "aes128gcm16-prfsha256-x25519-ke1_mlkem768, aes128gcm16-prfsha256-x25519, none",
    "aes128gcm16-prfsha256-x25519, aes128gcm16-prfsha256-x25519-ke1_mlkem768, none",
    "aes128gcm16-prfsha256-x25519-ke1_mlkem768-ke1_none, aes128gcm16-prfsha256-x25519,"
        + " 1 aes128gcm16-prfsha256-x25519-ke1_none",
    "aes128gcm16-prfsha256-x25519, aes128gcm16-prfsha256-x25519-ke1_mlkem768-ke1_none,"
        + " 1 aes128gcm16-prfsha256-x25519",
    "aes128gcm16-prfsha256-x25519-ecp256-ke1_x25519-ke1_ecp256,"
        + " aes128gcm16-prfsha256-x25519-ecp256-ke1_x25519,"
        + " 1 aes128gcm16-prfsha256-ecp256-ke1_x25519",
    "aes128gcm16-prfsha256-x25519-ke1_mlkem768-ke2_mlkem768,"
        + " aes128gcm16-prfsha256-x25519-ke1_mlkem768-ke2_mlkem768, none"
  })
  void responderChooses(String offered, String own, String answer) {
    assertThat(chosen(ike(offered), ike(own), true)).isEqualTo(answer);
  }

  @Test
  void theOffersOrderCountsWhenAsked() {
    List<Proposal> offered = ike("aes128-aes256-sha256-modp2048-x25519");
    Proposal answer =
        Negotiation.choose(
            offered, ike("aes256-aes128-sha256-x25519-modp2048"), Preference.OFFERED, true);
    assertThat(answer).isNotNull();
    assertThat(Proposals.text(answer)).isEqualTo("aes128-sha256-modp2048");
  }

  @Test
  void childrenOfAuthHaveNoKeyExchange() {
    assertThat(chosen(esp("aes128gcm16"), esp("aes128gcm16-x25519"), false))
        .isEqualTo("1 aes128gcm16");
    assertThat(chosen(esp("aes128gcm16"), esp("aes128gcm16-x25519"), true)).isEqualTo("none");
    assertThat(chosen(esp("aes128gcm16"), esp("aes128gcm16-x25519-none"), true))
        .isEqualTo("1 aes128gcm16");
    assertThat(chosen(esp("aes128gcm16-esn-noesn"), esp("aes128gcm16"), true))
        .isEqualTo("1 aes128gcm16");
    assertThat(chosen(esp("aes128gcm16-esn"), esp("aes128gcm16"), true)).isEqualTo("none");
  }

  private static Proposal with(Proposal proposal, Transform... more) {
    List<Transform> all = new ArrayList<>(proposal.transforms());
    all.addAll(List.of(more));
    return new Proposal(proposal.number(), proposal.protocol(), proposal.spi(), all);
  }

  private static Proposal without(Proposal proposal, int type) {
    return new Proposal(
        proposal.number(),
        proposal.protocol(),
        Octets.EMPTY,
        proposal.transforms().stream().filter(one -> one.type() != type).toList());
  }

  @Test
  void strangeOffers() {
    List<Proposal> own = ike("aes128gcm16-prfsha256-x25519,aes128-sha256-x25519");
    Proposal aead = own.getFirst();
    Proposal cbc = own.getLast();
    assertThat(chosen(List.of(with(aead, new Transform(13, 1))), own, true)).isEqualTo("none");
    assertThat(chosen(List.of(with(aead, new Transform(241, 1))), own, true)).isEqualTo("none");
    // an algorithm nobody knows is only not chosen
    assertThat(chosen(List.of(with(aead, new Transform(Transform.KE, 4711))), own, true))
        .isEqualTo("1 aes128gcm16-prfsha256-x25519");
    assertThat(chosen(List.of(with(aead, new Transform(Transform.INTEG, 0))), own, true))
        .startsWith("1 aes128gcm16");
    assertThat(chosen(List.of(with(aead, new Transform(Transform.INTEG, 12))), own, true))
        .isEqualTo("none");
    assertThat(chosen(List.of(without(cbc, Transform.INTEG)), own, true)).isEqualTo("none");
    assertThat(chosen(List.of(without(cbc, Transform.PRF)), own, true)).isEqualTo("none");
    assertThat(chosen(List.of(without(cbc, Transform.KE)), own, true)).isEqualTo("none");
    Proposal noLength = with(without(aead, Transform.ENCR), new Transform(Transform.ENCR, 20));
    assertThat(chosen(List.of(noLength), own, true)).isEqualTo("none");
    assertThat(
            chosen(
                List.of(without(esp("aes128gcm16").getFirst(), Transform.SN)),
                esp("aes128gcm16"),
                true))
        .isEqualTo("none");
    assertThat(chosen(List.of(), own, true)).isEqualTo("none");
  }

  @Test
  void initiatorObjects() {
    List<Proposal> offered = ike("aes128gcm16-aes256gcm16-prfsha256-x25519-ecp256");
    Proposal good = ike("aes256gcm16-prfsha256-ecp256").getFirst();
    assertThat(Negotiation.objection(offered, good, true)).isNull();
    assertThat(Negotiation.objection(offered, without(good, Transform.KE), true))
        .contains("no transform of type 4");
    assertThat(Negotiation.objection(offered, offered.getFirst(), true)).contains("two transforms");
    assertThat(Negotiation.objection(offered, ike("aes256gcm16-prfsha384-ecp256").getFirst(), true))
        .contains("prfsha384, which was not offered");
    assertThat(
            Negotiation.objection(
                offered, new Proposal(2, 1, Octets.EMPTY, good.transforms()), true))
        .contains("proposal 2");
    assertThat(
            Negotiation.objection(
                offered, new Proposal(1, 3, Octets.EMPTY, good.transforms()), true))
        .contains("another protocol");
    assertThat(
            Negotiation.objection(
                ike("aes128gcm16-prfsha256-x25519-ke1_x25519-ke1_mlkem768"),
                ike("aes128gcm16-prfsha256-x25519-ke1_x25519").getFirst(),
                true))
        .contains("repeats");
  }

  @Test
  void suitesRead() {
    IkeSuite suite =
        IkeSuite.of(ike("aes256-sha256-prfsha384-x25519-ke1_mlkem768-ke3_ecp384").getFirst());
    assertThat(suite.toString())
        .isEqualTo("aes256-sha256-prfsha384-x25519-ke1_mlkem768-ke2_ecp384");
    assertThat(ChildSuite.of(esp("aes128-sha256-esn").getFirst()).toString())
        .isEqualTo("esp:aes128-sha256-esn");
    assertThatThrownBy(() -> IkeSuite.of(esp("aes128-sha256").getFirst()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
