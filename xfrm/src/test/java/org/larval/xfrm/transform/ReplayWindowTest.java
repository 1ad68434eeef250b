package org.larval.xfrm.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.larval.xfrm.transform.ReplayWindow.Answer.NEVER_SENT;
import static org.larval.xfrm.transform.ReplayWindow.Answer.NEW;
import static org.larval.xfrm.transform.ReplayWindow.Answer.REPLAYED;
import static org.larval.xfrm.transform.ReplayWindow.Answer.TOO_OLD;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayWindowTest {
  private static final long SPACE = 1L << 32;

  /** Remembers every number: the definition, not an implementation. */
  private static final class Model {
    final int size;
    final boolean extended;
    final Set<Long> seen = new HashSet<>();
    long top;

    Model(int size, boolean extended, long top) {
      this.size = size;
      this.extended = extended;
      this.top = top;
    }

    /** The only number with these low bits in the 2^32 numbers from the window's bottom on. */
    long infer(long low) {
      if (!extended) {
        return low;
      }
      long bottom = top - size + 1;
      return bottom + Math.floorMod(low - bottom, SPACE);
    }

    ReplayWindow.Answer check(long sequence) {
      if (sequence == 0 && (!extended || top < size - 1)) {
        return NEVER_SENT;
      }
      if (sequence > top) {
        return NEW;
      }
      if (sequence <= top - size) {
        return TOO_OLD;
      }
      return seen.contains(sequence) ? REPLAYED : NEW;
    }

    void advance(long sequence) {
      seen.add(sequence);
      top = Math.max(top, sequence);
    }
  }

  private static void compare(int size, boolean extended, long start, long seed) {
    Random random = new Random(seed);
    Model model = new Model(size, extended, start);
    ReplayWindow window = new ReplayWindow(size, extended, start);
    for (int i = 0; i < 5_000; i++) {
      long step =
          switch (random.nextInt(10)) {
            case 0 -> random.nextInt(3 * size + 3);
            case 1 -> -size - random.nextInt(4);
            case 2 -> random.nextInt(200) == 0 ? random.nextInt(1 << 28) : 1;
            case 3, 4, 5 -> 1;
            default -> -random.nextInt(size + 2);
          };
      long aimed = model.top + step;
      if (!extended && (aimed < 0 || aimed >= SPACE)) {
        continue;
      }
      long low = aimed & SPACE - 1;
      long sequence = model.infer(low);
      assertThat(window.infer((int) low)).isEqualTo(sequence);
      ReplayWindow.Answer answer = window.check(sequence);
      assertThat(answer).as("%d of %s", sequence, window).isEqualTo(model.check(sequence));
      assertThat(window.check(sequence)).as("asking changes nothing").isEqualTo(answer);
      if (answer == NEW && random.nextInt(8) != 0) {
        model.advance(sequence);
        window.advance(sequence);
      }
      assertThat(window.top()).isEqualTo(model.top);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 31, 32, 33, 63, 64, 65, 100, 128, 1000, 1024, 4095, 4096})
  void agreesWithTheModel(int size) {
    for (long start : new long[] {0, 5, size - 1L, size, SPACE / 2, SPACE - 3000}) {
      compare(size, false, start, size + start);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 31, 32, 33, 64, 65, 100, 1000, 4095, 4096})
  void agreesWithTheModelWithExtendedNumbers(int size) {
    for (long start :
        new long[] {0, 5, size - 2L, size, SPACE - 40, SPACE, 3 * SPACE - 3000, SPACE << 20}) {
      compare(size, true, Math.max(0, start), size + start);
    }
  }

  @Test
  void zeroIsNeverSentWithoutExtendedNumbers() {
    assertThat(new ReplayWindow(32, false, 0).check(0)).isEqualTo(NEVER_SENT);
    assertThat(new ReplayWindow(32, false, 5).check(0)).isEqualTo(NEVER_SENT);
  }

  @Test
  void theLeftEdgeIsTheWindowsSizeAway() {
    ReplayWindow window = new ReplayWindow(32, false, 0);
    window.advance(100);
    assertThat(window.check(100)).isEqualTo(REPLAYED);
    assertThat(window.check(69)).isEqualTo(NEW);
    assertThat(window.check(68)).isEqualTo(TOO_OLD);
    window.advance(69);
    assertThat(window.check(69)).isEqualTo(REPLAYED);
    window.advance(101);
    assertThat(window.check(69)).isEqualTo(TOO_OLD);
    assertThat(window.check(70)).isEqualTo(NEW);
  }

  @Test
  void aLeapForgetsAll() {
    ReplayWindow window = new ReplayWindow(64, false, 0);
    for (long i = 1; i <= 64; i++) {
      window.advance(i);
    }
    window.advance(64 + 64);
    for (long i = 65; i < 128; i++) {
      assertThat(window.check(i)).isEqualTo(NEW);
    }
    assertThat(window.check(64)).isEqualTo(TOO_OLD);
  }

  /** Both cases of RFC 4303 appendix A2.2, on both sides of the window's bottom. */
  @ParameterizedTest
  @CsvSource({
    // top, low bits, expected
    "0x100000064, 0x00000065, 0x100000065",
    "0x100000064, 0x00000045, 0x100000045",
    "0x100000064, 0x00000044, 0x200000044",
    "0x100000064, 0xffffffff, 0x1ffffffff",
    "0x100000005, 0x00000006, 0x100000006",
    "0x100000005, 0xffffffff, 0x0ffffffff",
    "0x100000005, 0xffffffe6, 0x0ffffffe6",
    "0x100000005, 0xffffffe5, 0x1ffffffe5",
    "0x10000001f, 0x00000000, 0x100000000",
    "0x10000001f, 0xffffffff, 0x1ffffffff",
    "0x0fffffffe, 0xffffffff, 0x0ffffffff",
    "0x0fffffffe, 0x00000000, 0x100000000"
  })
  void infersTheHighHalf(String top, String low, String expected) {
    ReplayWindow window = new ReplayWindow(32, true, Long.decode(top));
    assertThat(window.infer(Long.decode(low).intValue())).isEqualTo(Long.decode(expected));
  }

  @Test
  void takesNumbersAcrossTheWrapInAnyOrder() {
    ReplayWindow window = new ReplayWindow(32, true, 0xffff_fff0L);
    for (int low : new int[] {-2, 1, 0, -1, 2}) {
      long sequence = window.infer(low);
      assertThat(window.check(sequence)).isEqualTo(NEW);
      window.advance(sequence);
      assertThat(window.check(window.infer(low))).isEqualTo(REPLAYED);
    }
    assertThat(window.top()).isEqualTo(SPACE + 2);
  }

  @Test
  void aWindowOfNoneAcceptsAll() {
    ReplayWindow window = new ReplayWindow(0, false, 0);
    window.advance(7);
    assertThat(window.check(7)).isEqualTo(NEW);
    assertThat(window.check(0)).isEqualTo(NEW);
  }

  @Test
  void refusesSizesThatLinuxRefuses() {
    assertThatThrownBy(() -> new ReplayWindow(4097, false, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0..4096");
    assertThatThrownBy(() -> new ReplayWindow(0, true, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1..4096");
    assertThatThrownBy(() -> new ReplayWindow(-1, false, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void countersStartAtOneAndNeverWrap() {
    SequenceCounter counter = new SequenceCounter(false, 0);
    assertThat(counter.advance()).isTrue();
    assertThat(counter.last()).isEqualTo(1);

    SequenceCounter full = new SequenceCounter(false, 0xffff_fffeL);
    assertThat(full.advance()).isTrue();
    assertThat(full.last()).isEqualTo(0xffff_ffffL);
    assertThat(full.advance()).isFalse();
    assertThat(full.advance()).isFalse();
    assertThat(full.last()).isEqualTo(0xffff_ffffL);

    SequenceCounter extended = new SequenceCounter(true, 0xffff_ffffL);
    assertThat(extended.advance()).isTrue();
    assertThat(extended.last()).isEqualTo(SPACE);

    SequenceCounter last = new SequenceCounter(true, -2);
    assertThat(last.advance()).isTrue();
    assertThat(last.advance()).isFalse();
    assertThat(last.last()).isEqualTo(-1);
    assertThatThrownBy(() -> new SequenceCounter(false, SPACE))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
