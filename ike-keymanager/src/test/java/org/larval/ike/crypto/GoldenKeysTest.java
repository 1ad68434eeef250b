package org.larval.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.larval.ike.golden.GoldenExchange;
import org.larval.ike.golden.GoldenExchange.LoggedSa;
import org.larval.ike.golden.GoldenExchange.Said;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Protocol;
import tools.jackson.databind.JsonNode;

/** Recomputes every key that strongSwan and libreswan logged. */
class GoldenKeysTest {
  static Stream<String> captures() {
    return GoldenExchange.ALL.stream();
  }

  private record Nonces(Said request, Said response) {
    Octets ni() {
      return request.part(40);
    }

    Octets nr() {
      return response.part(40);
    }
  }

  private static List<Nonces> exchanges(GoldenExchange golden) {
    List<Nonces> all = new ArrayList<>();
    for (Said response : golden.messages()) {
      if (!response.response() || response.part(40).isEmpty()) {
        continue;
      }
      for (Said request : golden.messages()) {
        if (!request.response()
            && request.exchange() == response.exchange()
            && request.id() == response.id()
            && request.fromInitiator() != response.fromInitiator()
            && request.spiI().equals(response.spiI())
            && !request.part(40).isEmpty()) {
          all.add(new Nonces(request, response));
        }
      }
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("captures")
  void ikeKeysComeOut(String name) {
    GoldenExchange golden = new GoldenExchange(name);
    assertThat(golden.sas()).isNotEmpty();
    for (LoggedSa sa : golden.sas()) {
      assertThat(exchanges(golden)).as(name).anyMatch(nonces -> comesOut(golden, sa, nonces));
    }
  }

  private static boolean comesOut(GoldenExchange golden, LoggedSa sa, Nonces nonces) {
    KeySchedule schedule = new KeySchedule(sa.suite().prf());
    Secret skeyseed;
    if (nonces.request().exchange() == 34) {
      if (!nonces.response().spiI().equals(sa.spiI())) {
        return false;
      }
      skeyseed = schedule.skeyseed(nonces.ni(), nonces.nr(), sa.shared());
    } else {
      LoggedSa old = golden.sa(nonces.request().spiI(), nonces.request().spiR());
      skeyseed =
          new KeySchedule(old.suite().prf())
              .skeyseedOfRekey(old.keys().d(), nonces.ni(), nonces.nr(), List.of(sa.shared()));
    }
    IkeKeys keys =
        schedule.keys(sa.suite(), skeyseed, nonces.ni(), nonces.nr(), sa.spiI(), sa.spiR());
    return skeyseed.equals(sa.skeyseed()) && keys.equals(sa.keys());
  }

  @ParameterizedTest
  @MethodSource("captures")
  void childKeysComeOut(String name) {
    GoldenExchange golden = new GoldenExchange(name);
    for (JsonNode child : golden.children()) {
      String words = GoldenExchange.keywords(child.get("proposal").asString());
      ChildSuite suite = ChildSuite.of(Proposals.parse(Protocol.ESP, words).getFirst());
      String g = child.get("g_ir").asString();
      List<Secret> shared =
          g.isEmpty() ? List.of() : List.of(Secret.taking(HexFormat.of().parseHex(g)));
      assertThat(
              exchanges(golden).stream()
                  .flatMap(
                      nonces ->
                          golden.sas().stream()
                              .map(
                                  sa ->
                                      new KeySchedule(sa.suite().prf())
                                          .child(
                                              suite,
                                              sa.keys().d(),
                                              nonces.ni(),
                                              nonces.nr(),
                                              shared)))
                  .toList())
          .as(name)
          .anyMatch(keys -> same(child, keys));
    }
  }

  private static boolean same(JsonNode child, ChildKeys keys) {
    return is(child, "enc_i", keys.initiatorEncryption())
        && is(child, "enc_r", keys.responderEncryption())
        && is(child, "int_i", keys.initiatorIntegrity())
        && is(child, "int_r", keys.responderIntegrity());
  }

  private static boolean is(JsonNode child, String name, Secret key) {
    String hex = child.has(name) ? child.get(name).asString() : "";
    return Secret.taking(HexFormat.of().parseHex(hex)).equals(key);
  }

  @Test
  void everyEncryptedMessageOpens() {
    int opened = 0;
    for (String name : GoldenExchange.ALL) {
      opened += new GoldenExchange(name).opened();
    }
    assertThat(opened).isGreaterThan(200);
  }

  @Test
  void aChangedOctetAnywhereKeepsItShut() {
    for (String name : List.of("psk-x25519-aes128gcm16", "psk-modp2048-aes256-sha256")) {
      GoldenExchange golden = new GoldenExchange(name);
      Said auth = golden.messages().get(2);
      SkProtection protection = golden.protection(auth.spiI(), auth.spiR(), auth.fromInitiator());
      byte[] raw = auth.raw().toArray();
      assertThat(protection.open(raw, 32)).isNotNull();
      for (int at = 0; at < raw.length; at++) {
        raw[at] ^= 0x10;
        assertThat(protection.open(raw, 32)).as(name + " octet " + at).isNull();
        raw[at] ^= 0x10;
      }
      for (int size = 32; size < raw.length; size++) {
        assertThat(protection.open(java.util.Arrays.copyOf(raw, size), 32)).isNull();
      }
    }
  }
}
