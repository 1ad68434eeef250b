package org.larval.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.larval.combination.Kind;
import org.larval.combination.Kind.End;
import org.larval.combination.Kind.Extras;
import org.larval.combination.Kind.Layer;

/** tshark: what 4.0 can say about a combination, and what it says about packets. */
final class Wireshark {
  private static final Map<String, String> CIPHERS =
      Map.of(
          "cbc(aes)", "AES-CBC [RFC3602]",
          "rfc3686(ctr(aes))", "AES-CTR [RFC3686]",
          "cbc(des3_ede)", "TripleDES-CBC [RFC2451]",
          "ecb(cipher_null)", "NULL");

  private static final Map<String, String> CHECKS =
      Map.of(
          "hmac(sha1) 96", "HMAC-SHA-1-96 [RFC2404]",
          "hmac(sha256) 96", "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]",
          "hmac(sha256) 128", "HMAC-SHA-256-128 [RFC4868]",
          "hmac(sha384) 192", "HMAC-SHA-384-192 [RFC4868]",
          "hmac(sha512) 256", "HMAC-SHA-512-256 [RFC4868]",
          "hmac(rmd160) 96", "MAC-RIPEMD-160-96 [RFC2857]");

  private static final List<String> FIELDS =
      List.of("esp.icv_good", "esp.icv_bad", "frame.protocols", "data.data", "tcp.payload");

  /** How much it can say. */
  enum Level {
    /** It verifies every ESP header and reads what is inside. */
    VERIFIES,
    /** It reads what is inside, but does not verify all of it. */
    READS,
    /** It can do neither. */
    NOTHING
  }

  /**
   * What it can say.
   *
   * @param reason empty if all
   */
  record Ability(Level level, String reason) {}

  /**
   * What it says about a packet.
   *
   * @param good ESP headers whose check value is right
   * @param bad those whose check value is wrong, or was not looked at
   * @param protocols from the outermost to the innermost, with colons between them
   * @param payload behind UDP, TCP or ICMP, in hex, or empty
   */
  record Verdict(int good, int bad, String protocols, String payload) {
    /** Whether it found this packet inside. */
    boolean shows(PlainPacket packet) {
      return Arrays.asList(protocols.split(":", -1)).contains(packet.protocol())
          && payload.equals(HexFormat.of().formatHex(packet.payload()));
    }
  }

  private Wireshark() {}

  /** Its version, or null if it is not installed. */
  static @Nullable String version() {
    try {
      Process process =
          new ProcessBuilder("tshark", "--version")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String first = process.inputReader().readLine();
      process.inputReader().lines().forEach(line -> {});
      return process.waitFor(20, TimeUnit.SECONDS) ? first : null;
    } catch (IOException e) {
      return null;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static Ability ability(Kind kind) {
    Level level = Level.VERIFIES;
    String reason = "";
    for (Layer layer : kind.layers()) {
      Ability one = ability(layer, kind.esn());
      if (one.level().compareTo(level) > 0) {
        level = one.level();
        reason = one.reason();
      }
    }
    return new Ability(level, reason);
  }

  private static Ability ability(Layer layer, boolean esn) {
    if (layer.protocol().equals("comp")) {
      return new Ability(Level.VERIFIES, "");
    }
    Suite suite = Suite.of(layer.algorithm());
    if (layer.protocol().equals("ah")) {
      return new Ability(Level.READS, "shows AH and does not verify it");
    }
    boolean gcm = suite.cipher().equals("rfc4106(gcm(aes))");
    if (!gcm && !CIPHERS.containsKey(suite.cipher())) {
      return new Ability(Level.NOTHING, "has no " + suite.cipher());
    }
    if (esn) {
      return new Ability(Level.READS, "knows no ESN: the check value needs the high half");
    }
    if (!gcm && !CHECKS.containsKey(suite.check())) {
      return new Ability(Level.READS, "does not verify " + suite.auth());
    }
    return new Ability(Level.VERIFIES, "");
  }

  /** Lines of the table {@code esp_sa} for what A sends; none for what it cannot read. */
  static List<String> keys(Kind kind, Extras extras) {
    List<String> lines = new ArrayList<>();
    for (int place = 0; place < kind.layers().size(); place++) {
      Layer layer = kind.layers().get(place);
      Ability ability = ability(layer, kind.esn());
      if (!layer.protocol().equals("esp") || ability.level() == Level.NOTHING) {
        continue;
      }
      Suite suite = Suite.of(layer.algorithm());
      boolean verifies = ability.level() == Level.VERIFIES;
      String unchecked = "ANY " + suite.bits() + " bit authentication [no checking]";
      boolean gcm = suite.combined();
      String cipher =
          !gcm
              ? CIPHERS.get(suite.cipher())
              : "AES-GCM with " + suite.bits() / 8 + " octet ICV [RFC4106]";
      String check = gcm ? "NULL" : !verifies ? unchecked : CHECKS.get(suite.check());
      lines.add(
          "\"%s\",\"%s\",\"%s\",\"0x%08x\",\"%s\",\"%s\",\"%s\",\"%s\""
              .formatted(
                  kind.outerV6() ? "IPv6" : "IPv4",
                  kind.outer(End.A),
                  kind.outer(End.B),
                  Kind.spi(extras, End.A, layer, place),
                  cipher,
                  hex(suite.key()),
                  check,
                  hex(suite.authKey())));
    }
    return lines;
  }

  private static String hex(String key) {
    return key.isEmpty() ? "" : "0x" + key;
  }

  /**
   * Opens a capture.
   *
   * @param directory for its profile, which has the keys
   * @param keys the lines of esp_sa
   */
  static List<Verdict> read(Path directory, Path capture, List<String> keys) throws Exception {
    Path profile = Files.createDirectories(directory.resolve("home/.config/wireshark"));
    Files.write(profile.resolve("esp_sa"), keys);
    Path errors = directory.resolve("tshark.err");
    List<String> command = new ArrayList<>(List.of("tshark", "-r", capture.toString()));
    for (String option :
        List.of(
            "esp.enable_encryption_decode:TRUE",
            "esp.enable_authentication_check:TRUE",
            "esp.do_esp_sequence_analysis:FALSE")) {
      command.addAll(List.of("-o", option));
    }
    command.addAll(List.of("-T", "fields", "-E", "separator=;"));
    for (String field : FIELDS) {
      command.addAll(List.of("-e", field));
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().put("HOME", directory.resolve("home").toString());
    Process process = builder.start();
    List<Verdict> verdicts = new ArrayList<>();
    for (String line : process.inputReader().lines().toList()) {
      String[] fields = line.split(";", -1);
      // the data of TCP has a field of its own; that of IPComp is not what was compressed
      String[] payloads = (fields[4].isEmpty() ? fields[3] : fields[4]).split(",", -1);
      verdicts.add(
          new Verdict(
              trues(fields[0]), trues(fields[1]), fields[2], payloads[payloads.length - 1]));
    }
    if (process.waitFor() != 0) {
      throw new IOException("tshark: " + Files.readString(errors));
    }
    return verdicts;
  }

  /** How many of the values are true, which one version says as 1 and another as True. */
  private static int trues(String values) {
    return (int)
        Arrays.stream(values.split(",", -1))
            .filter(value -> value.equals("1") || value.equals("True"))
            .count();
  }
}
