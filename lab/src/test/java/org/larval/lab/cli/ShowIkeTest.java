package org.larval.lab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code larval show} over exchanges of strongSwan and libreswan. */
class ShowIkeTest {
  private static final Path GOLDEN = Path.of("../ike-keymanager/src/test/resources/golden/ike");
  private static final Path OTHERS = Path.of("src/test/resources/ike");
  private static final String PPK =
      "0x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

  @TempDir private Path directory;

  private record Answer(int code, String out, String err) {
    JsonNode json() {
      return JsonMapper.shared().readTree(out);
    }

    int total(String name) {
      return json().get("totals").get(name).asInt();
    }

    /** That nothing is missing; the counts of messages, sets, AUTH payloads and ESP packets. */
    String full() {
      for (String[] pair :
          new String[][] {
            {"encrypted", "decrypted"},
            {"key-sets", "key-sets-recomputed"},
            {"auth", "auth-verified"},
            {"esp", "esp-decrypted"}
          }) {
        assertThat(total(pair[1])).as(pair[1]).isEqualTo(total(pair[0]));
      }
      assertThat(code).isZero();
      assertThat(total("failed")).isZero();
      return "%d %d %d %d %d"
          .formatted(
              total("ike"), total("encrypted"), total("key-sets"), total("auth"), total("esp"));
    }
  }

  private static Answer show(Path capture, String... words) {
    List<String> all = new ArrayList<>(List.of("show", capture.toString()));
    all.addAll(Arrays.asList(words));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    return new Answer(code, out.toString(), err.toString());
  }

  private static Answer withKeys(Path capture, String... words) {
    String name = capture.getFileName().toString().replace(".pcap", "");
    List<String> all = new ArrayList<>(List.of("--format", "json", "--ike-keys"));
    all.add(capture.resolveSibling(name + ".keys.json").toString());
    all.addAll(Arrays.asList(words));
    return show(capture, all.toArray(String[]::new));
  }

  private static String authority(String kind) {
    return GOLDEN.resolve("pki/ca-" + kind + "/ca.crt").toString();
  }

  static List<String> golden() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".pcap"))
          .filter(name -> !name.startsWith("err-auth-failed"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("golden")
  void readsEverything(String name) {
    boolean certificates = name.startsWith("cert-");
    Answer answer =
        withKeys(
            GOLDEN.resolve(name),
            certificates ? "--ca" : "--psk",
            certificates ? authority(name.contains("rsa") ? "rsa" : "ecdsa") : "interop-psk");
    assertThat(answer.full()).isNotEmpty();
    assertThat(answer.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "cert-rsa-frag512, rsa, 10 8 2 2 6",
    "psk-cookie, , 14 4 2 2 6",
    "psk-esn, , 6 4 2 2 0",
    "psk-short-rekey, , 27 25 7 2 12",
    "libreswan410-responder, , 16 14 4 2 2",
    "v610-psk-rawesp, , 14 12 4 2 18",
  })
  void countsAll(String name, String authority, String counts) {
    Answer answer =
        withKeys(
            GOLDEN.resolve(name + ".pcap"),
            authority == null ? "--psk" : "--ca",
            authority == null ? "interop-psk" : authority(authority));
    assertThat(answer.full()).isEqualTo(counts);
  }

  /** Exchanges of strongSwan 6.0.6. */
  @ParameterizedTest
  @CsvSource({
    "hybrid, , 22 20 5 2 18",
    "hybrid-many, , 55 53 9 2 30",
    "hybrid-collide, , 41 39 7 2 24",
    "hybrid-ppk, , 46 44 8 2 30",
    "hybrid-rsa, rsa, 36 34 5 2 12",
  })
  void knowsAdditionalKeyExchanges(String name, String authority, String counts) {
    Answer answer =
        withKeys(
            OTHERS.resolve(name + ".pcap"),
            "--ppk",
            PPK,
            authority == null ? "--psk" : "--ca",
            authority == null ? "interop-psk" : authority(authority));
    assertThat(answer.full()).isEqualTo(counts);
  }

  @Test
  void verifiesWithTheKeyOfEap() throws IOException {
    Path chap = OTHERS.resolve("eap-mschapv2.pcap");
    String[] ca = {"--ca", authority("rsa")};
    assertThat(withKeys(chap, ca[0], ca[1], "--psk", "live-word").full()).isEqualTo("22 20 4 3 12");
    Path tls = OTHERS.resolve("eap-tls.pcap");
    assertThat(withKeys(tls, ca).full()).isEqualTo("34 32 5 3 12");

    Answer wrong = withKeys(chap, ca[0], ca[1], "--psk", "another");
    assertThat(wrong.code()).isZero();
    assertThat(wrong.total("auth-verified")).isOne();
    assertThat(wrong.out()).contains("not verifiable: MSK unknown");
    Path keys = directory.resolve("keys.json");
    String text = Files.readString(OTHERS.resolve("eap-tls.keys.json"));
    Files.writeString(keys, text.replace("\"msk\"", "\"nothing\""));
    String[] words = {"--format", "json", "--ike-keys", keys.toString(), ca[0], ca[1]};
    Answer unknown = show(tls, words);
    assertThat(unknown.code()).isZero();
    assertThat(unknown.total("auth")).isEqualTo(3);
    assertThat(unknown.total("auth-verified")).isOne();
    Files.writeString(keys, text.replaceAll("\"msk\": \"..", "\"msk\": \"00"));
    Answer other = show(tls, words);
    assertThat(other.code()).isOne();
    assertThat(other.out()).contains("not what the MSK of EAP gives");
  }

  @Test
  void additionalSecretsOfAChildThatAreMissingAreNamed() throws IOException {
    Path keys = directory.resolve("keys.json");
    String text = Files.readString(OTHERS.resolve("hybrid-many.keys.json"));
    int children = text.indexOf("\"child\"");
    Files.writeString(
        keys,
        text.substring(0, children)
            + text.substring(children).replace("\"additional_ke\"", "\"nothing\""));
    Answer answer =
        show(
            OTHERS.resolve("hybrid-many.pcap"),
            "--ike-keys",
            keys.toString(),
            "--psk",
            "interop-psk");
    assertThat(answer.code()).isOne();
    assertThat(answer.out())
        .contains("the shared secrets of its additional key exchanges are not in the file")
        .contains("9 key sets: 6 recomputed; 2 auth: 2 verified");
  }

  @ParameterizedTest
  @CsvSource({
    "ccm-x448, , 14 12 4 2 18",
    "chacha, , 14 12 4 2 18",
    "collide, , 22 20 6 2 18",
    "ctr-bp, , 14 12 4 2 18",
    "ecdsa-legacy, ecdsa, 6 4 2 2 6",
    "ed25519, ed25519, 10 8 3 2 12",
    "mbb, , 12 8 4 4 12",
    "ppk, , 14 12 4 2 18",
    "pss, rsa, 12 10 3 2 12",
    "tdes, , 14 12 4 2 18",
    "xcbc-cmac, , 14 12 4 2 18",
    "xcbc-prf, , 14 12 4 2 18",
  })
  void knowsOtherAlgorithmsAndExchanges(String name, String authority, String counts) {
    Answer answer =
        withKeys(
            OTHERS.resolve(name + ".pcap"),
            authority == null ? "--psk" : "--ca",
            authority == null ? "interop-psk" : authority(authority));
    assertThat(answer.full()).isEqualTo(counts);
  }

  @Test
  void anAuthThatFailedFails() {
    Path capture = GOLDEN.resolve("err-auth-failed-psk.pcap");
    Answer answer = withKeys(capture, "--psk", "right");
    assertThat(answer.code()).isEqualTo(0);
    assertThat(answer.full()).isEqualTo("4 2 1 1 0");
    Answer wrong = withKeys(capture, "--psk", "wrong");
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.total("auth-verified")).isZero();
    assertThat(wrong.json().get("auths").get(0).get("why").asString()).contains("preshared key");
    assertThat(withKeys(capture, "--psk", "wrong", "--psk", "0x7269676874").code()).isZero();
  }

  @Test
  void aCertificateOfAnotherAuthorityFails() {
    Answer answer = withKeys(GOLDEN.resolve("cert-rsa.pcap"), "--ca", authority("ecdsa"));
    assertThat(answer.code()).isEqualTo(1);
    assertThat(answer.total("auth-verified")).isZero();
    Answer without = withKeys(GOLDEN.resolve("cert-rsa.pcap"), "--psk", "interop-psk");
    assertThat(without.json().get("auths").get(0).get("why").asString()).isEqualTo("needs --ca");
  }

  @Test
  void postquantumKeysAreDerivedWhereTheyAreGiven() {
    Path capture = OTHERS.resolve("ppk.pcap");
    Answer right = withKeys(capture, "--psk", "interop-psk", "--ppk", PPK);
    assertThat(right.full()).isEqualTo("14 12 4 2 18");
    Answer wrong = withKeys(capture, "--psk", "interop-psk", "--ppk", "0x00");
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.total("key-sets-recomputed")).isEqualTo(3);
  }

  @Test
  void aKeyThatDiffersIsNoticed() throws IOException {
    Path capture = GOLDEN.resolve("psk-modp2048-aes256-sha256.pcap");
    String text = Files.readString(capture.resolveSibling("psk-modp2048-aes256-sha256.keys.json"));
    for (String name : List.of("SKEYSEED", "SK_d", "SK_pr", "SK_ar", "int_r", "g_ir")) {
      Path keys = directory.resolve(name + ".json");
      int digit = text.indexOf('"' + name + "\": \"") + name.length() + 5;
      char other = text.charAt(digit) == 'f' ? '0' : 'f';
      Files.writeString(keys, text.substring(0, digit) + other + text.substring(digit + 1));
      Answer answer = show(capture, "--ike-keys", keys.toString(), "--format", "json");
      assertThat(answer.code()).as(name).isEqualTo(1);
      assertThat(answer.total("key-sets-recomputed")).as(name).isLessThan(answer.total("key-sets"));
    }
  }

  @Test
  void wiresharksTablesOpenBoth() throws IOException {
    Path capture = GOLDEN.resolve("psk-modp2048-aes256-sha256.pcap");
    Path ike = Files.writeString(directory.resolve("ike"), IKE_TABLE);
    Path esp = Files.writeString(directory.resolve("esp"), ESP_TABLE);
    Answer both =
        show(
            capture,
            "--ikev2-table",
            ike.toString(),
            "--esp-sa",
            esp.toString(),
            "--format",
            "json");
    assertThat(both.code()).isZero();
    assertThat(both.total("decrypted")).isEqualTo(14);
    assertThat(both.total("esp-decrypted")).isEqualTo(18);
    assertThat(both.total("auth")).isEqualTo(2);
    assertThat(both.total("auth-verified")).isZero();
    Answer onlyIke = show(capture, "--ikev2-table", ike.toString(), "--format", "json");
    assertThat(onlyIke.code()).isZero();
    assertThat(onlyIke.total("esp-decrypted")).isZero();
    Files.writeString(ike, IKE_TABLE.lines().findFirst().orElseThrow());
    Answer one = show(capture, "--ikev2-table", ike.toString(), "--format", "json");
    assertThat(one.code()).isEqualTo(1);
    assertThat(one.total("decrypted")).isEqualTo(10);
    Files.writeString(esp, ESP_TABLE.replace("0x23c1", "0x24c1").replace("0x8104", "0x8204"));
    Answer bad = show(capture, "--esp-sa", esp.toString(), "--format", "json");
    assertThat(bad.code()).isEqualTo(1);
    assertThat(bad.total("failed")).isPositive();
  }

  /** Wireshark's table shows in a kernel's packets what the kernel's own SAs show. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "esp-transport-gcm128-esn-v4",
        "esp-transport-gcm128-udpencap-v4",
        "esp-transport-gcm128-frag-v4",
        "esp-tunnel-gcm128-v6",
        "esp-tunnel-gcm128-4in6"
      })
  void tablesShowWhatSasShow(String name) throws IOException {
    Path kernel = Path.of("../xfrm/src/test/resources/golden/kernel");
    String sas = kernel.resolve(name + ".json").toString();
    StringBuilder rows = new StringBuilder();
    Matcher line =
        Pattern.compile(
                "state add src (\\S+) dst (\\S+) proto esp spi (\\S+) .*?"
                    + "'rfc4106\\(gcm\\(aes\\)\\)' (0x\\w+) 128([^\"]*)")
            .matcher(Files.readString(Path.of(sas)));
    while (line.find()) {
      rows.append(
          "\"%s\",\"%s\",\"%s\",\"%s\",\"%s\",\"%s\",\"NULL\",\"\",\"%s\",\"\"\n"
              .formatted(
                  line.group(1).contains(":") ? "IPv6" : "IPv4",
                  line.group(1),
                  line.group(2),
                  line.group(3),
                  "AES-GCM with 16 octet ICV [RFC4106]",
                  line.group(4),
                  line.group(5).contains("esn") ? "64-bit" : "32-bit"));
    }
    String table = Files.writeString(directory.resolve("esp_sa"), rows).toString();
    Path capture = kernel.resolve(name + ".pcap");
    Answer bySas = show(capture, "--xfrm", sas, "--format", "json");
    Answer byTable = show(capture, "--esp-sa", table, "--format", "json");
    assertThat(byTable.code()).isZero();
    assertThat(byTable.total("esp-decrypted")).isEqualTo(byTable.total("esp")).isPositive();
    assertThat(bySas.total("esp-decrypted")).isEqualTo(bySas.total("esp"));
    assertThat(inside(byTable)).isEqualTo(inside(bySas));
  }

  private static List<String> inside(Answer answer) {
    List<String> layers = new ArrayList<>();
    for (JsonNode packet : answer.json().get("packets")) {
      for (JsonNode layer : packet.get("layers")) {
        boolean esp = layer.get("name").asString().equals("esp");
        layers.add(layer.get("depth") + (esp ? "esp" : layer.get("text").asString()));
      }
    }
    return layers;
  }

  @Test
  void withoutKeysNothingFails() {
    Answer answer = show(GOLDEN.resolve("cert-rsa.pcap"), "--format", "json");
    assertThat(answer.code()).isZero();
    assertThat(answer.total("encrypted")).isEqualTo(16);
    assertThat(answer.total("decrypted")).isZero();
    assertThat(answer.out().stripTrailing()).containsPattern("\"totals\" : \\{[^{}]*\\}\\s*\\}$");
  }

  @Test
  void readsAsText() {
    Path capture = GOLDEN.resolve("label-simple.pcap");
    Answer answer =
        show(
            capture,
            "--ike-keys",
            capture.resolveSibling("label-simple.keys.json").toString(),
            "--psk",
            "interop-psk");
    assertThat(answer.out())
        .contains("IKE_SA_INIT request 0 [SA KE Nonce ")
        .contains("SA #1 IKE: aes128gcm16 prfsha256 x25519\n")
        .contains("IKE_AUTH request 1 [SK]: decrypted [IDi ")
        .contains("TSi 10.214.1.1/32, label system_u:object_r:ipsec_spd_t:s0\n")
        .contains("auth of initiator in frame 3, psk, fqdn a.test: verified\n")
        .contains("keys of ike 1 (")
        .endsWith(
            "10 ike, 8 encrypted: 8 decrypted; 3 key sets: 3 recomputed; 2 auth: 2 verified;"
                + " 12 esp: 12 decrypted\n");
    assertThat(answer.out()).doesNotContain("interop-psk");
  }

  /** The same packets between other ports: nothing but the bytes tells what they are. */
  @Test
  void onAnyPort() throws IOException {
    Path capture = GOLDEN.resolve("cert-rsa.pcap");
    byte[] octets = Files.readAllBytes(capture);
    for (int at = 24; at < octets.length; ) {
      int length = octets[at + 8] & 0xff | (octets[at + 9] & 0xff) << 8;
      // both ports of a frame: 500 becomes 40500 and 4500 44500
      for (int port = at + 16 + 34; port < at + 16 + 38; port += 2) {
        int value = (octets[port] & 0xff) << 8 | octets[port + 1] & 0xff;
        octets[port] = (byte) (value + 40_000 >>> 8);
        octets[port + 1] = (byte) (value + 40_000);
      }
      at += 16 + length;
    }
    Path moved = Files.write(directory.resolve("cert-rsa.pcap"), octets);
    Files.copy(
        capture.resolveSibling("cert-rsa.keys.json"), directory.resolve("cert-rsa.keys.json"));
    assertThat(withKeys(moved, "--ca", authority("rsa")).full()).isEqualTo("18 16 4 2 18");
  }

  @Test
  void badInputIsSaid() throws IOException {
    Path capture = GOLDEN.resolve("psk-cookie.pcap");
    assertThat(show(capture, "--psk", "x").err()).contains("--ike-keys");
    assertThat(show(capture, "--psk", "x").code()).isEqualTo(2);
    Path file = directory.resolve("file");
    Files.writeString(file, "# nothing\n1122,3344,55,66,\"AES\",,,\"NONE [RFC4306]\"\n");
    Answer table = show(capture, "--ikev2-table", file.toString());
    assertThat(table.code()).isEqualTo(2);
    assertThat(table.err()).contains("file:2:1").contains("SPI has 2 octets");
    Answer keys = show(capture, "--ike-keys", file.toString());
    assertThat(keys.code()).isEqualTo(2);
    assertThat(keys.err()).contains("not JSON");
    Files.writeString(file, "{\"ike\": [{\"SK_d\": \"secretx\"}]}");
    Answer digits = show(capture, "--ike-keys", file.toString());
    assertThat(digits.err()).contains("set 1 of ike").doesNotContain("secretx");
  }

  private static final String IKE_TABLE =
      """
      fcb8fcdee8aa74a8,2081587a95d78588,\
      a7c1ed194360401a0dfc842b5af278b025280ad579662fe45e61580f698d272c,\
      3ec26f83807c35a765e93b18a956e372b9c86122446cfa9059610474bcf3a187,\
      "AES-CBC-256 [RFC3602]",\
      42aff21d0a7fd2f59022af3e5e28d432072a29033ceb12f9af87c00806cfcffc,\
      1b931c867beb475048df7e0919aced15fd42b2d6584bf4e8ebdb60a9ae8ba2a2,\
      "HMAC_SHA2_256_128 [RFC4868]"
      d529d16813fe53fb,16097ea63fb47520,\
      45e60a80b8958d559b286a73303fae9711a8675b643450eb32ab7b1db59d4118,\
      0b69fbea4dd38c4e99e5802f4526a38f772a151052791074e0ece65b08be975a,\
      "AES-CBC-256 [RFC3602]",\
      f578b04c5fcf4b983f6bda6d80813340b0122c21bfe07890aa4fa630e0d38006,\
      c24d13da3295ac5a4c60da30f5ee3634f4f31bf7aed1811262ee4c671bcf9a13,\
      "HMAC_SHA2_256_128 [RFC4868]"
      """;

  private static final String ESP_TABLE =
      """
      "IPv4","10.213.1.2","*","0x0c07b36b","AES-CBC [RFC3602]",\
      "0x23c1d323733db241a5d87a94dfe792eea2c0dc7d11062126c78037f9165b9789",\
      "HMAC-SHA-256-128 [RFC4868]",\
      "0x81047f5646a82fb7cd4091ad2a0edda1b46858cfc5336316f4f405962b232498"
      "IPv4","10.213.1.1","10.213.1.2","0xebc6287d","AES-CBC [RFC3602]",\
      "0x421713231258bb2be621e3bfef84cef9b20e7461ab924417c6d2c31212146e95",\
      "HMAC-SHA-256-128 [RFC4868]",\
      "0x5a23d6f49403b91c618a61e8ab1949f9424b0a0f16d5956eefe01064164559a8"
      "IPv4","10.213.*.2","10.213.1.1","0x471181**","AES-CBC [RFC3602]",\
      "0xd9b66dc9505f4229886ddb53255ae2cca1da0c18cc60ee4d82f785d877285eb2",\
      "HMAC-SHA-256-128 [RFC4868]",\
      "0x3e64d91b928115ac5f99d2ccdb7a265002dfd48ca7e1ee598589edff61bbea7c"
      "IPv4","*","*","*","AES-CBC [RFC3602]",\
      "0x652c19ef7cb099f57e8f677376aff28f04df11af58d9b9ff41e9b5faa4c0dbc6",\
      "ANY 128 bit authentication [no checking]",""
      """;
}
