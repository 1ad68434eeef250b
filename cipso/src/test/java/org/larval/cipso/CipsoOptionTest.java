package org.larval.cipso;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;

class CipsoOptionTest {
  private static final String RANGES8 =
      "s0:c0.c3,c20.c25,c30.c36,c40.c45,c50.c55,c60.c66,c70.c78,c80.c88";

  private final CipsoOption option = new CipsoOption();

  private static ByteBuf hex(String digits) {
    return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(digits.replace(" ", "")));
  }

  /** Option areas made by an independent program. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "16 | 1 | s0:c0.c10   | 860c00000010010600 00ffe0",
        "16 | 1 | s0          | 860a0000001001040000 0000",
        "16 | 2 | s0:c0.c14   | 8628000000100222000000000001000200030004000500060007"
            + "00080009000a000b000c000d000e",
        "3  | 2 | s3:c5,c300  | 860e000000030208000300 05012c 0000",
        "16 | 5 | s0:c8.c100  | 860e0000001005080000 00640008 0000",
        "16 | 5 | s0:c7       | 860e0000001005080000 00070007 0000",
        "16 | 5 | "
            + RANGES8
            + " | 86280000001005220000 00580050004e00460042003c00370032002d00280024001e00190014"
            + "0003",
      })
  void vectors(int number, int tagType, String text, String area) {
    ByteBuf bytes = hex(area);
    Doi doi = Doi.pass(number, tagType);
    MlsLevel level = MlsLevel.parse(text);
    ByteBuf out = Unpooled.buffer(CipsoOption.MAX_LENGTH);
    int length = CipsoOption.emit(out, 0, number, Objects.requireNonNull(doi.tag(level)));
    assertThat(ByteBufUtil.hexDump(out, 0, length)).isEqualTo(ByteBufUtil.hexDump(bytes));
    assertThat(option.wrap(bytes, 0, bytes.readableBytes())).isNull();
    assertThat(doi.validate(option)).isNull();
    assertThat(doi.level(Objects.requireNonNull(option.tag()))).isEqualTo(level);
  }

  @Test
  void theHighestCategoryOfABitmapIs239() {
    ByteBuf out = Unpooled.buffer(CipsoOption.MAX_LENGTH);
    CipsoTag tag = Objects.requireNonNull(Doi.pass(16, 1).tag(MlsLevel.parse("s5:c239")));
    assertThat(CipsoOption.emit(out, 0, 16, tag)).isEqualTo(40);
    assertThat(out.getByte(7)).isEqualTo((byte) 0x22);
    assertThat(out.getByte(39)).isEqualTo((byte) 1);
  }

  @ParameterizedTest
  @CsvSource({"1, s0:c240", "2, s0:c0.c15", "2, s0:c65535", "5, s0:c65535", "1, s256"})
  void whatFitsNoTagIsNotCutDown(int tag, String level) {
    assertThat(Doi.pass(16, tag).tag(MlsLevel.parse(level))).isNull();
  }

  @Test
  void eightRangesFitOnlyWithZero() {
    String eight = "s0:c1.c3,c20.c25,c30.c36,c40.c45,c50.c55,c60.c66,c70.c78,c80.c88";
    assertThat(Doi.pass(16, 5).tag(MlsLevel.parse(eight))).isNull();
    assertThat(Doi.pass(16, 5).tag(MlsLevel.parse(RANGES8))).isNotNull();
  }

  @Test
  void takesTheFirstTagThatFits() {
    Doi doi = Doi.pass(16, 1, 2, 5);
    assertThat(doi.tag(MlsLevel.parse("s0:c239"))).isInstanceOf(CipsoTag.Bitmap.class);
    assertThat(doi.tag(MlsLevel.parse("s0:c240"))).isInstanceOf(CipsoTag.Enumerated.class);
    assertThat(doi.tag(MlsLevel.parse("s0:c240.c299"))).isInstanceOf(CipsoTag.Ranged.class);
  }

  /** Pointers as cipso_v4_validate sets them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "85 0a 00000010 01040000                 | NOT_CIPSO                | 0",
        "86 07 00000010 0104                     | OPTION_TOO_SHORT         | 1",
        "86 29 00000010 01040000                 | OPTION_TOO_LONG          | 1",
        "86 0a 00000000 01040000                 | DOI_ZERO                 | 2",
        "86 0b 00000010 01040000 01              | TAG_TRUNCATED            | 10",
        "86 0a 00000010 01050000                 | TAG_TRUNCATED            | 7",
        "86 0a 00000010 01030000                 | TAG_TOO_SHORT            | 7",
        "86 0a 00000010 02000000                 | TAG_TOO_SHORT            | 7",
        "86 0a 00000010 07010000                 | TAG_TOO_SHORT            | 7",
        "86 0d 00000010 02070000 000100          | CATEGORIES_CUT           | 10",
        "86 0d 00000010 05070000 000100          | CATEGORIES_CUT           | 10",
        "86 0e 00000010 02080000 00020002        | CATEGORIES_NOT_ASCENDING | 10",
        "86 0e 00000010 02080000 00020001        | CATEGORIES_NOT_ASCENDING | 10",
        "86 0e 00000010 05080000 00010002        | RANGES_NOT_DESCENDING    | 10",
        "86 12 00000010 050c0000 0005000400060001| RANGES_NOT_DESCENDING    | 10",
        "86 0b 00000010 8005 000000              | LOCAL_LENGTH             | 7",
        "86 12 00000010 01040000 02080000 00020002 | CATEGORIES_NOT_ASCENDING | 14",
      })
  void faultsHaveNamesAndPointers(String bytes, CipsoFault fault, int pointer) {
    ByteBuf data = hex(bytes);
    assertThat(option.wrap(data, 0, data.readableBytes())).isEqualTo(fault);
    assertThat(option.pointer()).isEqualTo(pointer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "86 0a 00000011 01040000          | DOI_UNKNOWN    | 2",
        "86 0a 00000010 02040000          | TAG_NOT_IN_DOI | 6",
        "86 0c 00000010 800600000000      | TAG_NOT_IN_DOI | 6",
        "86 0a 00000010 07040000          | TAG_UNKNOWN    | 6",
        "86 0e 00000010 01040000 06040000 | TAG_UNKNOWN    | 10",
      })
  void theDoiRefusesWhatItDoesNotUse(String bytes, CipsoFault fault, int pointer) {
    ByteBuf data = hex(bytes);
    assertThat(option.wrap(data, 0, data.readableBytes())).isNull();
    assertThat(Doi.pass(16, 1).validate(option)).isEqualTo(fault);
    assertThat(option.pointer()).isEqualTo(pointer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "860c00000010010600014440",
        "861000000010020a00010001000500c8",
        "8616000000100510000100c800c80078006400140001",
        "860c00000009800625000000",
        "860a0000001001040002",
      })
  void everyTruncationHasAName(String digits) {
    ByteBuf whole = hex(digits);
    int length = whole.readableBytes();
    assertThat(option.wrap(whole, 0, length)).isNull();
    for (int cut = 0; cut < length; cut++) {
      // a buffer of exactly these bytes, so that reading beyond them fails the test
      ByteBuf part = Unpooled.copiedBuffer(whole.slice(0, cut));
      assertThat(option.wrap(part, 0, cut)).isEqualTo(CipsoFault.TRUNCATED);
      if (cut >= 2) {
        part.setByte(1, cut);
        assertThat(option.wrap(part, 0, cut))
            .isIn(CipsoFault.OPTION_TOO_SHORT, CipsoFault.TAG_TRUNCATED);
      }
    }
  }

  @Test
  void theHighestSixteenBitsAreReadThoughNeverSent() {
    ByteBuf enumerated = hex("860e00000010 02080000 0001ffff");
    assertThat(option.wrap(enumerated, 0, 14)).isNull();
    assertThat(option.tag()).isEqualTo(new CipsoTag.Enumerated(0, CategorySet.of(1, 65535)));
    ByteBuf ranged = hex("860e00000010 05080000 fffffffe");
    assertThat(option.wrap(ranged, 0, 14)).isNull();
    assertThat(option.tag()).isEqualTo(new CipsoTag.Ranged(0, CategorySet.of(65534, 65535)));
  }

  @Test
  void unknownTagsAreNoTagHere() {
    ByteBuf data = hex("8608000000100702");
    assertThat(option.wrap(data, 0, 8)).isNull();
    assertThat(option.tag()).isNull();
  }

  @Test
  void randomBytesNeverDoMoreThanFail() {
    Random random = new Random(134);
    int wellFormed = 0;
    for (int round = 0; round < 200_000; round++) {
      byte[] bytes = new byte[random.nextInt(41)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(9));
      }
      if (bytes.length > 9) {
        bytes[0] = (byte) 134;
        bytes[1] = (byte) bytes.length;
        bytes[6] = new byte[] {1, 2, 5, 6, (byte) 128}[random.nextInt(5)];
        bytes[7] = (byte) (bytes.length - 6);
      }
      if (option.wrap(Unpooled.wrappedBuffer(bytes), 0, bytes.length) == null) {
        wellFormed++;
        CipsoTag tag = option.tag();
        if (tag != null) {
          ByteBuf out = Unpooled.buffer(CipsoOption.MAX_LENGTH);
          int length = CipsoOption.emit(out, 0, option.doi(), tag);
          assertThat(option.wrap(out, 0, length)).isNull();
          assertThat(option.tag()).isEqualTo(tag);
        }
      }
    }
    assertThat(wellFormed).isGreaterThan(1000);
  }

  @Test
  void randomLevelsComeBack() {
    Random random = new Random(5);
    Doi doi = Doi.pass(7, 5, 2, 1);
    ByteBuf out = Unpooled.buffer(CipsoOption.MAX_LENGTH);
    for (int round = 0; round < 2000; round++) {
      BitSet categories = new BitSet();
      for (int runs = random.nextInt(10); runs > 0; runs--) {
        int first = random.nextInt(240);
        categories.set(first, Math.min(240, first + 1 + random.nextInt(20)));
      }
      MlsLevel level = new MlsLevel(random.nextInt(256), CategorySet.of(categories));
      int length = CipsoOption.emit(out, 0, 7, Objects.requireNonNull(doi.tag(level)));
      assertThat(length % 4).isZero();
      assertThat(option.wrap(out, 0, length)).isNull();
      assertThat(doi.level(Objects.requireNonNull(option.tag()))).isEqualTo(level);
    }
  }

  @Test
  void doisAreCheckedWhenMade() {
    assertThatIllegalArgumentException().isThrownBy(() -> Doi.pass(0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> Doi.pass(1));
    assertThatIllegalArgumentException().isThrownBy(() -> Doi.pass(1, 6));
    assertThatIllegalArgumentException().isThrownBy(() -> Doi.pass(1, 128));
    assertThatIllegalArgumentException().isThrownBy(() -> new Doi(1, List.of(1, 2, 5, 1, 2, 5)));
  }

  @Test
  void tagsAreCheckedWhenMade() {
    CategorySet high = CategorySet.of(240);
    assertThatIllegalArgumentException().isThrownBy(() -> new CipsoTag.Bitmap(0, high));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CipsoTag.Ranged(256, CategorySet.EMPTY));
  }
}
