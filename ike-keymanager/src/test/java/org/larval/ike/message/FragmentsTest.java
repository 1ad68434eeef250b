package org.larval.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.larval.ike.message.Fragments.Ignored;
import org.larval.ike.message.Fragments.Outcome;
import org.larval.ike.message.Fragments.Waiting;
import org.larval.ike.message.Fragments.Whole;

class FragmentsTest {
  private final Fragments fragments = new Fragments();

  private Outcome add(int number, int total, String hex) {
    SkfPayload header =
        new SkfPayload(number == 1 ? 35 : 0, number, total, Octets.of(new byte[32]));
    return fragments.add(header, Octets.hex(hex));
  }

  @Test
  void inAnyOrder() {
    assertThat(add(3, 3, "05")).isInstanceOf(Waiting.class);
    assertThat(add(1, 3, "0102")).isInstanceOf(Waiting.class);
    assertThat(add(2, 3, "0304"))
        .isInstanceOfSatisfying(
            Whole.class,
            whole -> {
              assertThat(whole.firstType()).isEqualTo(35);
              assertThat(whole.plain()).containsExactly(1, 2, 3, 4, 5);
            });
    assertThat(fragments.isEmpty()).isTrue();
  }

  @Test
  void theFirstOfTwoEqualNumbersCounts() {
    add(1, 2, "01");
    assertThat(add(1, 2, "ff")).isInstanceOf(Ignored.class);
    assertThat(((Whole) add(2, 2, "02")).plain()).containsExactly(1, 2);
  }

  @Test
  void aLargerTotalBeginsAnewAndASmallerOneIsLate() {
    add(1, 2, "ff");
    assertThat(add(2, 3, "02")).isInstanceOf(Waiting.class);
    assertThat(add(2, 2, "ff")).isInstanceOf(Ignored.class);
    add(1, 3, "01");
    assertThat(((Whole) add(3, 3, "03")).plain()).containsExactly(1, 2, 3);
  }

  @Test
  void bounded() {
    assertThat(add(1, 256, "01")).isInstanceOf(Ignored.class);
    assertThat(add(0, 2, "01")).isInstanceOf(Ignored.class);
    assertThat(add(3, 2, "01")).isInstanceOf(Ignored.class);
    assertThat(fragments.isEmpty()).isTrue();
    assertThat(add(1, 3, "00".repeat(9_999))).isInstanceOf(Waiting.class);
    assertThat(add(2, 3, "0000")).isInstanceOf(Ignored.class);
    assertThat(add(2, 3, "00")).isInstanceOf(Waiting.class);
    assertThat(add(3, 3, "")).isInstanceOf(Whole.class);
  }

  @Test
  void aloneIsWhole() {
    assertThat(add(1, 1, "")).isEqualTo(new Whole(35, List.of(Octets.EMPTY)));
  }
}
