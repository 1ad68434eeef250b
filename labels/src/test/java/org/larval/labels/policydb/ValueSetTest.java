package org.larval.labels.policydb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A set of values against the JDK's set of bits. */
class ValueSetTest {
  @Test
  void behavesAsABitSet() {
    Random random = new Random(4);
    for (int round = 0; round < 200; round++) {
      BitSet expected = new BitSet();
      ValueSet set = ValueSet.EMPTY;
      int limit = 1 + random.nextInt(1000);
      for (int i = random.nextInt(30); i > 0; i--) {
        int value = 1 + random.nextInt(limit);
        expected.set(value);
        set = set.with(value);
      }
      assertThat(set.toArray()).containsExactly(expected.stream().toArray());
      assertThat(set.size()).isEqualTo(expected.cardinality());
      assertThat(set.isEmpty()).isEqualTo(expected.isEmpty());
      assertThat(set.highest()).isEqualTo(Math.max(0, expected.length() - 1));
      for (int value = 0; value <= limit + 70; value++) {
        assertThat(set.contains(value)).isEqualTo(expected.get(value));
        assertThat(set.next(value)).isEqualTo(Math.max(0, expected.nextSetBit(value)));
      }
    }
  }

  @Test
  void readsAddressesAsThePlatformDoes() {
    assertThat(IpLiteral.parse("10.1.2.3")).isEqualTo(new IpLiteral(false, 0, 0x0a010203));
    assertThat(IpLiteral.parse("::1")).isEqualTo(new IpLiteral(true, 0, 1));
    assertThat(IpLiteral.parse("fd00:1::ff:0"))
        .isEqualTo(new IpLiteral(true, 0xfd00_0001L << 32, 0xff0000));
    assertThat(IpLiteral.parse("::ffff:1.2.3.4"))
        .isEqualTo(new IpLiteral(true, 0, 0xffff_0102_0304L));
    assertThat(IpLiteral.parse("1:2:3:4:5:6:7::")).isNotNull();
    for (String wrong :
        new String[] {
          "",
          "1.2.3",
          "1.2.3.256",
          "01.2.3.4",
          "1.2.3.4.5",
          "1:2",
          "1::2::3",
          ":1::2",
          "::12345",
          "1:2:3:4:5:6:7:8:9",
          "1:2:3:4:5:6:7:8::",
          "::1.2.3",
          "1.2.3.4::",
          "fe80::1%eth0"
        }) {
      assertThat(IpLiteral.parse(wrong)).as(wrong).isNull();
    }
  }
}
