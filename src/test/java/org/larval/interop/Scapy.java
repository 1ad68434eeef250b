package org.larval.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.larval.combination.Kind;
import org.larval.combination.Kind.End;
import org.larval.combination.Kind.Extras;
import org.larval.combination.Kind.Layer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** scapy 2.5: what it can open and build, and what came of it. */
final class Scapy {
  private static final Path SCRIPT = Path.of("src/test/peers/scapy/second-opinion.py");
  private static final int ICV = 16;

  private static final Map<String, String> CIPHERS =
      Map.of(
          "rfc4106(gcm(aes))", "AES-GCM",
          "rfc4309(ccm(aes))", "AES-CCM",
          "rfc4543(gcm(aes))", "AES-NULL-GMAC",
          "rfc7539esp(chacha20,poly1305)", "CHACHA20-POLY1305",
          "cbc(aes)", "AES-CBC",
          "rfc3686(ctr(aes))", "AES-CTR",
          "cbc(camellia)", "CAMELLIA-CBC",
          "cbc(des3_ede)", "3DES",
          "ecb(cipher_null)", "NULL");

  private static final Map<String, String> CHECKS =
      Map.of(
          "hmac(sha1) 96", "HMAC-SHA1-96",
          "hmac(sha256) 96", "SHA2-256-96",
          "hmac(sha256) 128", "SHA2-256-128",
          "hmac(sha384) 192", "SHA2-384-192",
          "hmac(sha512) 256", "SHA2-512-256",
          "cmac(aes) 96", "AES-CMAC-96",
          "xcbc(aes) 96", "AES-XCBC-96",
          "hmac(rmd160) 96", "HMAC-RIPEMD-160-96");

  /** What the script puts together by the RFCs, over parts of OpenSSL. */
  private static final Set<String> BY_RULE =
      Set.of("rfc4543(gcm(aes))", "xcbc(aes)", "hmac(rmd160)");

  /**
   * A packet and its number.
   *
   * @param number 64 bits with extended sequence numbers
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, compared by nobody
  record Numbered(byte[] packet, long number) {}

  /**
   * What became of packets, in the order of the question: hex, or what went wrong in words.
   *
   * @param opened the sealed ones
   * @param built the plain ones
   */
  record Answer(List<String> opened, List<String> built) {}

  private final String python;

  private Scapy(String python) {
    this.python = python;
  }

  /** Null if there is no Python that has it. */
  static @Nullable Scapy find() {
    for (String python : List.of("python3", "/usr/bin/python3")) {
      if (new Scapy(python).version() != null) {
        return new Scapy(python);
      }
    }
    return null;
  }

  /** scapy's version, or null. */
  @Nullable String version() {
    try {
      Process process =
          new ProcessBuilder(
                  python,
                  "-c",
                  "import scapy.layers.ipsec, cryptography as c; from scapy.config import conf;"
                      + " print(conf.version, 'with cryptography', c.__version__)")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String version = process.inputReader().readLine();
      return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0 ? version : null;
    } catch (IOException e) {
      return null;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Why it cannot do a combination by itself, so that the script must help out; or empty. */
  static String lack(Kind kind) {
    for (Layer layer : kind.layers()) {
      if (layer.protocol().equals("comp")) {
        continue;
      }
      Suite suite = Suite.of(layer.algorithm());
      for (String algorithm : List.of(suite.cipher(), suite.auth())) {
        if (BY_RULE.contains(algorithm)) {
          return "has no " + algorithm;
        }
      }
      if (layer.protocol().equals("esp") && !suite.combined() && kind.esn()) {
        return "leaves the high half of ESN out of separate check values";
      }
    }
    return "";
  }

  /**
   * A question.
   *
   * @param sealed by A, for scapy to open
   * @param plain of A, for scapy to protect
   */
  static Map<String, Object> question(
      Kind kind, Extras extras, List<Numbered> sealed, List<Numbered> plain) {
    List<Object> layers = new ArrayList<>();
    for (int place = 0; place < kind.layers().size(); place++) {
      Layer layer = kind.layers().get(place);
      Map<String, Object> words = new LinkedHashMap<>();
      words.put("protocol", layer.protocol());
      words.put("spi", Integer.toUnsignedLong(Kind.spi(extras, End.A, layer, place)));
      if (!layer.protocol().equals("comp")) {
        algorithms(layer, words);
      }
      if (kind.mode(place).equals("tunnel")) {
        words.put("tunnel", List.of(kind.outer(End.A), kind.outer(End.B)));
      }
      layers.add(words);
    }
    return Map.of(
        "layers", layers, "esn", kind.esn(), "sealed", pairs(sealed), "plain", pairs(plain));
  }

  private static void algorithms(Layer layer, Map<String, Object> words) {
    Suite suite = Suite.of(layer.algorithm());
    if (layer.protocol().equals("esp")) {
      String cipher = CIPHERS.get(suite.cipher());
      boolean shortGcm = cipher.equals("AES-GCM") && suite.bits() / 8 != ICV;
      words.put("crypt", shortGcm ? "AES-GCM-SHORT" : cipher);
      words.put("key", suite.key());
      words.put("udp", !layer.encap().isEmpty());
    }
    if (suite.combined()) {
      words.put("icv", suite.bits() / 8);
    } else {
      words.put("auth", CHECKS.get(suite.check()));
      words.put("auth_key", suite.authKey());
    }
  }

  private static List<List<Object>> pairs(List<Numbered> packets) {
    List<List<Object>> pairs = new ArrayList<>();
    for (Numbered one : packets) {
      pairs.add(List.of(HexFormat.of().formatHex(one.packet()), one.number()));
    }
    return pairs;
  }

  /** Asks everything at once, in one process. */
  List<Answer> ask(Path directory, List<Map<String, Object>> questions) throws Exception {
    JsonMapper mapper = JsonMapper.shared();
    Path file = directory.resolve("questions");
    List<String> lines = new ArrayList<>();
    for (Map<String, Object> question : questions) {
      lines.add(mapper.writeValueAsString(question));
    }
    Files.write(file, lines);
    Path errors = directory.resolve("scapy.err");
    Process process =
        new ProcessBuilder(python, SCRIPT.toString(), file.toString())
            .redirectError(errors.toFile())
            .start();
    List<Answer> answers = new ArrayList<>();
    for (String line : process.inputReader().lines().toList()) {
      JsonNode answer = mapper.readTree(line);
      answers.add(new Answer(packets(answer.get("opened")), packets(answer.get("built"))));
    }
    if (process.waitFor() != 0) {
      throw new IOException("scapy: " + Files.readString(errors));
    }
    return answers;
  }

  private static List<String> packets(JsonNode nodes) {
    List<String> packets = new ArrayList<>();
    for (JsonNode node : nodes) {
      packets.add(node.isString() ? node.asString() : node.get("error").asString());
    }
    return packets;
  }
}
