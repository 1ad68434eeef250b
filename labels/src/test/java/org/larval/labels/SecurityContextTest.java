package org.larval.labels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecurityContextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "u:r:t                            | u:r:t",
        "u:r:t:s0                         | u:r:t:s0",
        "u:r:t:s0-s0                      | u:r:t:s0",
        "u:r:t:s0-s15:c0.c1023            | u:r:t:s0-s15:c0.c1023",
        "u:r:t:s2:c5,c3,c4,c3             | u:r:t:s2:c3.c5",
        "u:r:t:s2:c0.c1                   | u:r:t:s2:c0,c1",
        "u:r:t:s1:c62.c65,c127.c128       | u:r:t:s1:c62.c65,c127,c128",
        "u:r:t:s0:c1-s0:c0.c3             | u:r:t:s0:c1-s0:c0.c3",
      })
  void printsTheCanonicalText(String text, String canonical) {
    SecurityContext context = SecurityContext.parse(text);
    assertThat(context).hasToString(canonical);
    assertThat(SecurityContext.parse(canonical)).isEqualTo(context).hasSameHashCodeAs(context);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "u                     | no role",
        "u:r                   | no type",
        ":r:t                  | user ''",
        "u:r t:t               | role 'r t'",
        "u:r:                  | type ''",
        "u:r:t:                | sensitivity ''",
        "u:r:t:S0              | sensitivity 'S0'",
        "u:r:t:s00             | sensitivity 's00'",
        "u:r:t:s65536          | sensitivity 's65536'",
        "u:r:t:s0:             | category ''",
        "u:r:t:s0:c1,          | category ''",
        "u:r:t:s0:c1:c2        | category 'c1:c2'",
        "u:r:t:s0:c5.c2        | category range 'c5.c2'",
        "u:r:t:s0:c2.c2        | category range 'c2.c2'",
        "u:r:t:s0:c1.c2.c3     | category 'c2.c3'",
        "u:r:t:s0:c999999999   | category 'c999999999'",
        "u:r:t:s1-s0           | high level 's0' does not dominate low level 's1'",
        "u:r:t:s0:c1-s3        | high level 's3' does not dominate low level 's0:c1'",
        "u:r:t:s0-s1-s2        | sensitivity 's1-s2'",
      })
  void namesTheInvalidPart(String text, String part) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SecurityContext.parse(text))
        .withMessageContaining(part);
  }

  @Test
  void refusesTextsWithoutEnd() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SecurityContext.parse("u:r:t:s0:" + "c1,".repeat(2000) + "c1"))
        .withMessageContaining("longer than 4095");
  }

  @Test
  void setsBehaveAsBitSetsDo() {
    Random random = new Random(9478);
    for (int round = 0; round < 500; round++) {
      BitSet one = bits(random);
      BitSet other = bits(random);
      if (random.nextBoolean()) {
        other.and(one);
      }
      CategorySet set = CategorySet.of(one);
      BitSet missing = (BitSet) other.clone();
      missing.andNot(one);
      assertThat(set.containsAll(CategorySet.of(other))).isEqualTo(missing.isEmpty());
      assertThat(set.equals(CategorySet.of(other))).isEqualTo(one.equals(other));
      assertThat(set.size()).isEqualTo(one.cardinality());
      assertThat(set.highest()).isEqualTo(one.length() - 1);
      int from = random.nextInt(1100);
      assertThat(set.next(from)).isEqualTo(one.nextSetBit(from));
      assertThat(set.contains(from)).isEqualTo(one.get(from));
      if (one.get(from)) {
        assertThat(set.runEnd(from)).isEqualTo(one.nextClearBit(from) - 1);
      }
      MlsLevel level = new MlsLevel(3, set);
      assertThat(MlsLevel.parse(level.toString())).isEqualTo(level);
    }
  }

  private static BitSet bits(Random random) {
    BitSet bits = new BitSet();
    for (int i = random.nextInt(6); i > 0; i--) {
      int first = random.nextInt(1024);
      bits.set(first, Math.min(1024, first + 1 + random.nextInt(random.nextBoolean() ? 3 : 300)));
    }
    return bits;
  }
}
