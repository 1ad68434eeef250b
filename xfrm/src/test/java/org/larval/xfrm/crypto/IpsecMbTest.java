package org.larval.xfrm.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * libIPSec_MB beside the JDK's ciphers. Where the library is missing the tests that need it are
 * reported as not run, with the reason.
 */
class IpsecMbTest {
  private static final int FRONT = 24;
  private static final int BODY = 16;

  /** Where a packet's bytes are. */
  enum Memory {
    NATIVE,
    HEAP,
    /** A view into the middle of another buffer. */
    NATIVE_SLICE,
    HEAP_SLICE,
    /** Neither an array nor an address. */
    COMPOSITE;

    ByteBuf holding(byte[] bytes) {
      UnpooledByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
      return switch (this) {
        case NATIVE -> allocator.directBuffer(bytes.length).writeBytes(bytes);
        case HEAP -> allocator.heapBuffer(bytes.length).writeBytes(bytes);
        case NATIVE_SLICE -> sliced(allocator.directBuffer(bytes.length + 20), bytes);
        case HEAP_SLICE -> sliced(allocator.heapBuffer(bytes.length + 20), bytes);
        case COMPOSITE -> {
          int half = bytes.length / 2;
          CompositeByteBuf both = allocator.compositeHeapBuffer();
          both.addComponent(true, Unpooled.copiedBuffer(bytes, 0, half));
          both.addComponent(true, Unpooled.copiedBuffer(bytes, half, bytes.length - half));
          yield both;
        }
      };
    }

    private static ByteBuf sliced(ByteBuf all, byte[] bytes) {
      all.writeZero(7).writeBytes(bytes).writeZero(13);
      return all.slice(7, bytes.length);
    }
  }

  private final CryptoBackend jce = CryptoBackend.jce();
  private final Random random = new Random(3);

  @Test
  void aChoiceThatIsMissingSaysWhy() {
    assertThat(CryptoChoice.AUTO.missing()).isNull();
    assertThat(CryptoChoice.JCE.missing()).isNull();
    assertThat(CryptoChoice.AUTO.open().label()).isNotEmpty();
    String missing = CryptoChoice.IPSEC_MB.missing();
    if (missing == null) {
      assertThat(CryptoChoice.IPSEC_MB.open().label()).startsWith("libIPSec_MB");
    } else {
      assertThat(missing).containsAnyOf("there is no", "it ", "its ");
    }
    assertThat(CryptoChoice.named("ipsec-mb")).isEqualTo(CryptoChoice.IPSEC_MB);
    assertThat(CryptoChoice.named("IPSEC_MB")).isNull();
  }

  @Test
  void schedulesAreKeptUntilThereAreTooMany() {
    KeySchedules schedules = new KeySchedules(1008, 8);
    for (int i = 0; i < 7; i++) {
      schedules.join();
    }
    assertThat(schedules.crowded()).isFalse();
    schedules.join();
    assertThat(schedules.crowded()).isTrue();
    schedules.leave();
    assertThat(schedules.crowded()).isTrue();
    schedules.leave();
    assertThat(schedules.crowded()).isFalse();
    List<Long> places = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      places.add(schedules.take());
    }
    assertThat(places).doesNotHaveDuplicates().allMatch(place -> place % 64 == 0);
    places.forEach(schedules::give);
    assertThat(places).contains(schedules.take());
  }

  private Protection.Combined random(AeadAlgorithm algorithm, int keyBytes, int icvBits) {
    byte[] key = new byte[keyBytes + 4];
    random.nextBytes(key);
    return new Protection.Combined(algorithm, Secret.copyOf(key), icvBits);
  }

  /** A packet with SPI, sequence, IV and payload, and room for a tag, all random. */
  private byte[] packet(int clear, int tag) {
    byte[] packet = new byte[FRONT + BODY + clear + tag + 9];
    random.nextBytes(packet);
    return packet;
  }

  @Nested
  class WithLibrary {
    private IpsecMbBackend backend;

    @BeforeEach
    void library() {
      String missing = CryptoChoice.IPSEC_MB.missing();
      assumeTrue(missing == null, "libIPSec_MB: " + missing);
      backend = new IpsecMbBackend(4);
    }

    @ParameterizedTest
    @EnumSource
    void sealsAndOpensAsTheJdkDoes(Memory memory) {
      for (int i = 0; i < 600; i++) {
        boolean chacha = random.nextInt(4) == 0;
        int keyBytes = chacha ? 32 : 16 + 8 * random.nextInt(3);
        int icv = chacha || random.nextBoolean() ? 128 : 96;
        Protection.Combined keys =
            random(chacha ? AeadAlgorithm.CHACHA20_POLY1305 : AeadAlgorithm.AES_GCM, keyBytes, icv);
        if (jce.refuses(keys) != null) {
          continue;
        }
        boolean extended = random.nextBoolean();
        int high = random.nextInt();
        int clear = random.nextInt(random.nextInt(8) == 0 ? 9000 : 400);
        EspCipher theirs = jce.esp(keys, extended);
        EspCipher ours = backend.esp(keys, extended);
        byte[] plain = packet(clear, icv / 8);
        ByteBuf expected = Memory.HEAP.holding(plain);
        ByteBuf actual = memory.holding(plain);
        assertThat(theirs.seal(expected, FRONT, clear, high)).isTrue();
        assertThat(ours.seal(actual, FRONT, clear, high)).isTrue();
        assertThat(ByteBufUtil.getBytes(actual)).isEqualTo(ByteBufUtil.getBytes(expected));
        assertThat(ours.open(actual, FRONT, clear, high)).isTrue();
        assertThat(theirs.open(expected, FRONT, clear, high)).isTrue();
        assertThat(ByteBufUtil.getBytes(actual)).isEqualTo(ByteBufUtil.getBytes(expected));
        ours.erase();
        theirs.erase();
        actual.release();
        expected.release();
      }
    }

    /** The JDK makes no such short tags; RFC 4106 and NIST cut the long one. */
    @ParameterizedTest
    @EnumSource
    void aShortTagIsTheBeginningOfALongOne(Memory memory) {
      Protection.Combined keys = random(AeadAlgorithm.AES_GCM, 16, 64);
      byte[] plain = packet(100, 16);
      ByteBuf shorter = memory.holding(plain);
      ByteBuf longer = memory.holding(plain);
      EspCipher eight = backend.esp(keys, false);
      EspCipher sixteen =
          backend.esp(new Protection.Combined(AeadAlgorithm.AES_GCM, keys.key(), 128), false);
      assertThat(eight.seal(shorter, FRONT, 100, 0)).isTrue();
      assertThat(sixteen.seal(longer, FRONT, 100, 0)).isTrue();
      int end = FRONT + BODY + 100 + 8;
      assertThat(ByteBufUtil.getBytes(shorter, 0, end))
          .isEqualTo(ByteBufUtil.getBytes(longer, 0, end));
      assertThat(ByteBufUtil.getBytes(shorter, end, 8))
          .isEqualTo(java.util.Arrays.copyOfRange(plain, end, end + 8));
      assertThat(eight.open(shorter, FRONT, 100, 0)).isTrue();
      shorter.release();
      longer.release();
    }

    @ParameterizedTest
    @CsvSource({
      "AES_GCM, 64, NATIVE", "AES_GCM, 96, NATIVE", "AES_GCM, 128, NATIVE",
      "AES_GCM, 64, HEAP", "AES_GCM, 96, COMPOSITE", "AES_GCM, 128, HEAP_SLICE",
      "CHACHA20_POLY1305, 128, NATIVE", "CHACHA20_POLY1305, 128, HEAP"
    })
    void everyWrongBitIsSeenAndNothingOfThePayloadIsLeft(
        AeadAlgorithm algorithm, int icv, Memory memory) {
      Protection.Combined keys = random(algorithm, 32, icv);
      EspCipher cipher = backend.esp(keys, true);
      int clear = 37;
      byte[] plain = packet(clear, icv / 8);
      ByteBuf made = memory.holding(plain);
      assertThat(cipher.seal(made, FRONT, clear, 5)).isTrue();
      byte[] sealed = ByteBufUtil.getBytes(made);
      made.release();
      int end = FRONT + BODY + clear + icv / 8;
      for (int bit = FRONT * 8; bit < end * 8; bit++) {
        byte[] wrong = sealed.clone();
        wrong[bit / 8] ^= (byte) (1 << bit % 8);
        ByteBuf data = memory.holding(wrong);
        assertThat(cipher.open(data, FRONT, clear, 5)).as("bit %d", bit).isFalse();
        byte[] after = ByteBufUtil.getBytes(data);
        for (int at = 0; at < after.length; at++) {
          boolean payload = at >= FRONT + BODY && at < FRONT + BODY + clear;
          assertThat(after[at]).isEqualTo(payload ? 0 : wrong[at]);
        }
        data.release();
      }
      ByteBuf right = memory.holding(sealed);
      assertThat(cipher.open(right, FRONT, clear, 4)).as("another high half").isFalse();
      right.release();
      right = memory.holding(sealed);
      assertThat(cipher.open(right, FRONT, clear, 5)).isTrue();
      right.release();
    }

    @ParameterizedTest
    @EnumSource
    void whatDoesNotFitTheBufferIsRefusedAndNotTouched(Memory memory) {
      EspCipher cipher = backend.esp(random(AeadAlgorithm.AES_GCM, 16, 128), false);
      byte[] bytes = packet(64, 16);
      ByteBuf data = memory.holding(bytes);
      int all = data.capacity();
      int[][] places = {
        {-1, 0},
        {Integer.MIN_VALUE, 10},
        {0, -1},
        {0, all - BODY - 15},
        {all - BODY - 15, 0},
        {all, 0},
        {Integer.MAX_VALUE, Integer.MAX_VALUE},
        {0, Integer.MAX_VALUE},
        {Integer.MAX_VALUE - 8, 8}
      };
      for (int[] place : places) {
        assertThat(cipher.seal(data, place[0], place[1], 0)).isFalse();
        assertThat(cipher.open(data, place[0], place[1], 0)).isFalse();
      }
      assertThat(cipher.seal(data.asReadOnly(), FRONT, 8, 0)).isFalse();
      assertThat(ByteBufUtil.getBytes(data)).isEqualTo(bytes);
      assertThat(cipher.seal(data, 0, all - BODY - 16, 0)).isTrue();
      assertThat(cipher.open(data, 0, all - BODY - 16, 0)).isTrue();
      assertThat(ByteBufUtil.getBytes(data, 0, all - 16))
          .isEqualTo(java.util.Arrays.copyOf(bytes, all - 16));
      data.release();
    }

    @Test
    void anErasedCipherAnswersNo() {
      for (AeadAlgorithm algorithm :
          List.of(AeadAlgorithm.AES_GCM, AeadAlgorithm.CHACHA20_POLY1305)) {
        EspCipher cipher = backend.esp(random(algorithm, 32, 128), false);
        byte[] bytes = packet(64, 16);
        ByteBuf data = Memory.NATIVE.holding(bytes);
        assertThat(cipher.seal(data, FRONT, 64, 0)).isTrue();
        byte[] sealed = ByteBufUtil.getBytes(data);
        cipher.erase();
        cipher.erase();
        assertThat(cipher.seal(data, FRONT, 64, 0)).isFalse();
        assertThat(cipher.open(data, FRONT, 64, 0)).isFalse();
        assertThat(ByteBufUtil.getBytes(data)).isEqualTo(sealed);
        data.release();
      }
    }

    /** Of four SAs and more no expanded key is kept; below three they are again. */
    @Test
    void manyAssociationsComeAndGoWithTheSameBytes() {
      List<Protection.Combined> keys = new ArrayList<>();
      List<EspCipher> ours = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        keys.add(random(AeadAlgorithm.AES_GCM, i % 2 == 0 ? 16 : 32, 128));
        ours.add(backend.esp(keys.getLast(), false));
        compare(keys, ours);
      }
      while (!ours.isEmpty()) {
        int gone = random.nextInt(ours.size());
        keys.remove(gone);
        ours.remove(gone).erase();
        compare(keys, ours);
      }
    }

    private void compare(List<Protection.Combined> keys, List<EspCipher> ours) {
      for (int i = 0; i < 3 * ours.size(); i++) {
        int which = random.nextInt(ours.size());
        byte[] plain = packet(40, 16);
        ByteBuf actual = Memory.NATIVE.holding(plain);
        ByteBuf expected = Memory.HEAP.holding(plain);
        assertThat(ours.get(which).seal(actual, FRONT, 40, 0)).isTrue();
        assertThat(jce.esp(keys.get(which), false).seal(expected, FRONT, 40, 0)).isTrue();
        assertThat(ByteBufUtil.getBytes(actual)).isEqualTo(ByteBufUtil.getBytes(expected));
        actual.release();
        expected.release();
      }
    }

    @ParameterizedTest
    @EnumSource(names = {"NATIVE", "HEAP"})
    void aPacketMakesNoGarbage(Memory memory) {
      EspCipher cipher = backend.esp(random(AeadAlgorithm.AES_GCM, 16, 128), true);
      ByteBuf data = memory.holding(packet(1000, 16));
      ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long best = Long.MAX_VALUE;
      for (int round = 0; round < 5; round++) {
        long before = thread.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 20_000; i++) {
          if (!cipher.seal(data, FRONT, 1000, i) || !cipher.open(data, FRONT, 1000, i)) {
            throw new AssertionError("refused");
          }
        }
        best = Math.min(best, thread.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(best).isLessThan(20_000);
      data.release();
    }

    @Test
    void nothingOfAKeyIsInItsText() {
      Protection.Combined keys = random(AeadAlgorithm.AES_GCM, 16, 96);
      assertThat(backend.esp(keys, false)).hasToString("AES-128-GCM, tag of 96 bits");
      assertThat(backend.refuses(keys)).isNull();
      assertThat(backend.refuses(random(AeadAlgorithm.CHACHA20_POLY1305, 32, 128))).isNull();
    }
  }
}
