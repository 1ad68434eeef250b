package org.larval.labels.policydb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read, what is refused, and in what words. */
class PolicyReaderTest {
  private static final int VERSION_AT = 16;
  private static final int CONFIG_AT = 20;

  @TempDir private Path directory;

  /** The policy with four other bytes. */
  private static byte[] tiny(int at, int value) {
    byte[] bytes = TinyPolicies.bytes("tiny.33");
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
    return bytes;
  }

  private static PolicyFileException refused(byte[] bytes) {
    return catchThrowableOfType(
        PolicyFileException.class, () -> PolicyReader.read("policy", bytes));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "F97CFF8D | this is a policy module",
        "F97CFF8F | this is a policy module",
        "8CFF7CF9 | this policy is big-endian",
        "587A37FD | this is packed by xz",
        "00000000 | 0x0 is not the magic number"
      })
  void refusesWhatIsNoPolicyOfTheKernel(String magic, String words) {
    byte[] bytes = tiny(0, Integer.parseUnsignedInt(magic, 16));
    PolicyFileException problem = refused(bytes);
    assertThat(problem).hasMessageStartingWith("policy: byte 0, header: " + words);
    assertThat(problem.section()).isEqualTo(PolicySection.HEADER);
    assertThat(problem.offset()).isZero();
  }

  @Test
  void refusesXen() {
    byte[] bytes = TinyPolicies.bytes("tiny.33");
    System.arraycopy("XenFlask".getBytes(StandardCharsets.US_ASCII), 0, bytes, 8, 8);
    assertThat(refused(bytes)).hasMessage("policy: byte 8, header: this is a policy for Xen");
  }

  @ParameterizedTest
  @CsvSource({"23", "36", "-1"})
  void refusesOtherVersions(int version) {
    assertThat(refused(tiny(VERSION_AT, version)))
        .hasMessage(
            "policy: byte 16, header: the version is "
                + Integer.toUnsignedString(version)
                + ", not in 24..35");
  }

  @Test
  void refusesFlagsThatContradict() {
    assertThat(refused(tiny(CONFIG_AT, 7)).offset()).isEqualTo(CONFIG_AT);
  }

  @Test
  void refusesWhatIsLeftOver() {
    byte[] bytes = TinyPolicies.bytes("tiny.33");
    PolicyFileException problem = refused(Arrays.copyOf(bytes, bytes.length + 3));
    assertThat(problem)
        .hasMessage("policy: byte " + bytes.length + ", end of the policy: 3 bytes are left over");
  }

  @Test
  void refusesNothing() {
    assertThat(refused(new byte[0]).offset()).isZero();
  }

  /** Version 34 allows more, but lays out a policy without it as 33 does. */
  @Test
  void readsVersion34() throws PolicyFileException {
    PolicyDb policy = PolicyReader.read("policy", tiny(VERSION_AT, 34));
    assertThat(policy.version()).isEqualTo(34);
    assertThat(policy.counts()).isEqualTo(TinyPolicies.policy("tiny.33").counts());
  }

  /** Version 35 has one bitmap more, behind the capabilities and the permissive types. */
  @Test
  void readsVersion35() throws PolicyFileException {
    PolicyDb before = TinyPolicies.policy("tiny.33");
    int type = before.types().names().value("logger_t");
    byte[] old = tiny(VERSION_AT, 35);
    ByteBuffer tiny = ByteBuffer.wrap(old).order(ByteOrder.LITTLE_ENDIAN);
    int at = 32;
    at += 12 + 12 * tiny.getInt(at + 8);
    at += 12 + 12 * tiny.getInt(at + 8);
    byte[] bytes = new byte[old.length + 24];
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(old, 0, at)
        .putInt(64)
        .putInt((type & ~63) + 64)
        .putInt(1)
        .putInt(type & ~63)
        .putLong(1L << type)
        .put(old, at, old.length - at);
    PolicyDb policy = PolicyReader.read("policy", bytes);
    assertThat(policy.neveraudit(type)).isTrue();
    assertThat(policy.neveraudit(type + 1)).isFalse();
    assertThat(before.neveraudit(type)).isFalse();
    assertThat(policy.permissive(policy.types().names().value("debug_t"))).isTrue();
  }

  @Test
  void readsWhatIsPackedByGzip() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(TinyPolicies.bytes("tiny.33"));
    }
    Path file = directory.resolve("policy.gz");
    Files.write(file, packed.toByteArray());
    assertThat(PolicyReader.read(file).version()).isEqualTo(33);

    Files.write(file, Arrays.copyOf(packed.toByteArray(), 100));
    assertThat(catchThrowableOfType(PolicyFileException.class, () -> PolicyReader.read(file)))
        .hasMessageContaining("gzip cannot unpack it");
  }

  @Test
  void readsExtendedPermissions() {
    PolicyDb policy = TinyPolicies.policy("tiny.33");
    RuleTable rules = policy.extendedRules();
    int type = policy.types().names().value("svirt_t");
    int row = rules.row(policy.classNames().value("udp_socket"), type);
    assertThat(rules.end(row) - rules.start(row)).isEqualTo(1);
    long rule = rules.rule(rules.start(row));
    assertThat(RuleTable.target(rule)).isEqualTo(type);
    assertThat(RuleTable.kind(rule)).isEqualTo(RuleKind.ALLOWXPERM.code());
    ExtendedPermissions drivers = policy.extendedPermissions(RuleTable.payload(rule));
    assertThat(drivers.form()).isEqualTo(ExtendedPermissions.Form.IOCTL_DRIVER);
    assertThat(drivers.bit(0x54)).isTrue();
    assertThat(drivers.bit(0x89)).isTrue();
    assertThat(drivers.bit(0x55)).isFalse();
  }
}
