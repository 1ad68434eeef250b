package org.larval.labels.policydb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A damaged or hostile file gives one clean error, or a policy that can be asked. */
class DamagedPolicyTest {
  private static final byte[] TINY = TinyPolicies.bytes("tiny.33");

  private static final long MOST_BYTES = 16 << 20;
  private static final long MOST_NANOS = 10_000_000_000L;

  @Test
  void truncationsAreRefused() {
    cut(11);
  }

  @Test
  @Tag("slow")
  void everyTruncationIsRefused() {
    cut(1);
  }

  private static void cut(int step) {
    Set<PolicySection> sections = EnumSet.noneOf(PolicySection.class);
    Costs costs = new Costs("truncations");
    for (int length = 0; length < TINY.length; length += step) {
      byte[] cut = Arrays.copyOf(TINY, length);
      costs.begin();
      try {
        PolicyReader.read("cut", cut);
        fail("the first " + length + " bytes were taken for a policy");
      } catch (PolicyFileException problem) {
        costs.end(length + " bytes");
        assertThat(problem.offset()).isBetween(0, length);
        sections.add(problem.section());
      }
    }
    costs.print("all refused, in " + sections.size() + " sections");
    bounded(costs);
    // some lists are shorter than a step
    assertThat(sections).hasSizeGreaterThan(20);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny.33", "tiny.24", "tiny-nomls.33"})
  void oneWrongByte(String name) {
    change(TinyPolicies.bytes(name), 1_000, 1);
  }

  @Test
  @Tag("slow")
  void oneWrongByteOften() {
    change(TINY, 100_000, 1);
  }

  @Test
  @Tag("slow")
  void someWrongBytesOften() {
    change(TINY, 50_000, 4);
  }

  private static void change(byte[] bytes, int times, int bytesChanged) {
    Random random = new Random(20261);
    int read = 0;
    int refused = 0;
    Costs costs =
        new Costs("policies with wrong bytes, " + bytesChanged + " at a time, read and asked");
    for (int i = 0; i < times; i++) {
      byte[] changed = bytes.clone();
      String name = "";
      for (int j = 0; j < bytesChanged; j++) {
        int at = random.nextInt(bytes.length);
        changed[at] =
            switch (random.nextInt(3)) {
              case 0 -> (byte) (changed[at] ^ 1 << random.nextInt(8));
              case 1 -> -1;
              default -> (byte) random.nextInt(256);
            };
        name += " %d=%02x".formatted(at, changed[at]);
      }
      costs.begin();
      try {
        ask(PolicyReader.read("changed", changed));
        costs.end("read," + name);
        read++;
      } catch (PolicyFileException problem) {
        costs.end("refused," + name);
        assertThat(problem.offset()).isBetween(0, bytes.length);
        refused++;
      }
    }
    costs.print(read + " read, " + refused + " refused");
    // most bytes matter, so that of four wrong ones one nearly always does
    assertThat(read).isGreaterThan(times / (bytesChanged == 1 ? 100 : 1000));
    assertThat(refused).isGreaterThan(times / 3);
    bounded(costs);
  }

  /** No case costs out of proportion to a file of 26 KiB; a busy machine gets its time. */
  private static void bounded(Costs costs) {
    assertThat(costs.mostBytes()).isLessThan(MOST_BYTES);
    assertThat(costs.mostNanos()).isLessThan(MOST_NANOS);
  }

  /** Asks what any policy must have an answer to. */
  private static void ask(PolicyDb policy) {
    SecurityServer server = new SecurityServer(policy);
    AccessVector vector = new AccessVector();
    NameTable classes = policy.classNames();
    NameTable booleans = policy.booleanNames();
    for (int value = 1; value <= booleans.limit(); value++) {
      if (booleans.has(value)) {
        server.set(Map.of(booleans.name(value), !policy.booleanInFile(value)));
      }
    }
    PolicyContext[] contexts =
        policy.objects().initialSids().values().stream()
            .distinct()
            .limit(5)
            .toArray(PolicyContext[]::new);
    for (PolicyContext source : contexts) {
      assertThat(server.context(server.text(source))).isEqualTo(source);
      for (PolicyContext target : contexts) {
        for (int value = 1; value <= classes.limit(); value++) {
          if (classes.has(value)) {
            server.decide(source, target, value, vector);
            server.withholding(source, target, value, -1);
            server.rules(source.type(), target.type(), value);
            server.mayChange(source, target, source, value);
            server.transition(source, target, value, "net.conf");
            server.socketTransition(source, target, value);
            server.member(source, target, value);
            server.change(source, target, value);
          }
        }
      }
    }
  }

  // --- files that ask for much with few bytes ---

  /** Each bitmap of 36 bytes asks for 8 KiB. */
  @Test
  void bitmapsTogetherHaveALimit() {
    ByteBuffer bytes = header().putInt(64).putInt(0).putInt(0).putInt(64).putInt(0).putInt(0);
    bytes.putInt(0).putInt(0); // commons
    bytes.putInt(0).putInt(0); // classes
    int roles = 9000;
    bytes.putInt(roles).putInt(roles - 2);
    for (int role = 2; role < roles; role++) {
      String name = "role%04d".formatted(role);
      bytes.putInt(name.length()).putInt(role).putInt(0);
      name.chars().forEach(c -> bytes.put((byte) c));
      bytes.putInt(64).putInt(0).putInt(0);
      wide(bytes);
    }
    assertThat(refused(bytes).problem()).contains("all bitmaps together take more than");
  }

  private static void wide(ByteBuffer bytes) {
    bytes.putInt(64).putInt(65536).putInt(2);
    bytes.putInt(0).putLong(1);
    bytes.putInt(65472).putLong(1);
  }

  @Test
  void aCountIsBelievedOnlyIfTheBytesAreThere() {
    ByteBuffer bytes = header().putInt(64).putInt(0).putInt(0).putInt(64).putInt(0).putInt(0);
    bytes.putInt(0).putInt(Integer.MAX_VALUE);
    PolicyFileException problem = refused(bytes);
    assertThat(problem.section()).isEqualTo(PolicySection.COMMONS);
    assertThat(problem.problem()).startsWith("2147483647 commons do not fit into the ");
  }

  @Test
  void aBitmapEndsWhereItSays() {
    ByteBuffer bytes = header().putInt(64).putInt(128).putInt(1).putInt(0).putLong(1);
    assertThat(refused(bytes).problem()).isEqualTo("policy capabilities ends at bit 64, not 128");
  }

  private static ByteBuffer header() {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.put(TINY, 0, 32);
  }

  private static PolicyFileException refused(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return catchThrowableOfType(
        PolicyFileException.class, () -> PolicyReader.read("hostile", bytes));
  }
}
