package org.larval.cipso;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.packet.Errno;

class CipsoOptionTest {
  private static final String RANGES8 =
      "s0:c0.c3,c20.c25,c30.c36,c40.c45,c50.c55,c60.c66,c70.c78,c80.c88";

  private final CipsoOption option = new CipsoOption();

  private static ByteBuf hex(String digits) {
    return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(digits.replace(" ", "")));
  }

  private static Labeling encode(Doi doi, String level) {
    return new CipsoEncoder(false).encode(doi, 0, MlsLevel.parse(level));
  }

  private static DoiTable table(Doi... dois) {
    DoiTable table = new DoiTable();
    for (Doi doi : dois) {
      assertThat(table.add(doi)).isEqualTo(Errno.OK);
    }
    return table;
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
    LabelOption made = ((Labeling.Attach) encode(doi, text)).option();
    ByteBuf out = Unpooled.buffer(CipsoOption.MAX_LENGTH);
    made.writeHeader(out, 0, 0);
    assertThat(ByteBufUtil.hexDump(out, 0, made.headerBytes()))
        .isEqualTo(ByteBufUtil.hexDump(bytes));
    assertThat(option.wrap(bytes, 0, bytes.readableBytes())).isNull();
    assertThat(option.validate(table(doi), false, true)).isNull();
    assertThat(option.label(doi)).isEqualTo(MlsLevel.parse(text));
  }

  @Test
  void theHighestCategoryOfBitmapIs239() {
    LabelOption made = ((Labeling.Attach) encode(Doi.pass(16, 1), "s5:c239")).option();
    ByteBuf out = Unpooled.buffer(40);
    made.write(out, 0);
    assertThat(made.length()).isEqualTo(40);
    assertThat(out.getByte(7)).isEqualTo((byte) 0x22);
    assertThat(out.getByte(39)).isEqualTo((byte) 1);
  }

  @ParameterizedTest
  @CsvSource({
    "1, s0:c240",
    "2, s0:c0.c15",
    "5, 's0:c1.c3,c20.c25,c30.c36,c40.c45,c50.c55,c60.c66,c70.c78,c80.c88'",
  })
  void whatDoesNotFitHasNoRoom(int tag, String level) {
    assertThat(encode(Doi.pass(16, tag), level)).isEqualTo(Labeling.refuse(Errno.ENOSPC));
  }

  /** The rest of what Linux does there with numbers that are too high for the wire. */
  @Test
  void levelsAreCutDownToEightBitsAsLinuxDoes() {
    LabelOption made = ((Labeling.Attach) encode(Doi.pass(16, 1), "s258")).option();
    ByteBuf out = Unpooled.buffer(40);
    made.write(out, 0);
    assertThat(out.getByte(9)).isEqualTo((byte) 2);
  }

  @Test
  void takesTheFirstTagThatFitsAndTheLastReason() {
    Doi doi = Doi.pass(16, 1, 2, 5);
    assertThat(encode(doi, "s0:c239").toString()).contains("10012200");
    assertThat(encode(doi, "s0:c240").toString()).contains("10020600");
    assertThat(encode(doi, "s0:c240.c299").toString()).contains("10050800");
    Translation level = Translation.of(List.of(new Translation.Pair(0, 7)), 255);
    Translation categories =
        Translation.of(
            List.of(new Translation.Pair(3, 11), new Translation.Pair(4, 300)),
            Doi.MAX_REMOTE_CATEGORY);
    Doi trans = new Doi.Translated(8, List.of(1), level, categories);
    assertThat(encode(trans, "s0:c3").toString()).endsWith("860c00000008010600070010]");
    assertThat(encode(trans, "s0:c4")).isEqualTo(Labeling.refuse(Errno.ENOSPC));
    assertThat(encode(trans, "s0:c5")).isEqualTo(Labeling.refuse(Errno.EPERM));
    assertThat(encode(trans, "s1")).isEqualTo(Labeling.refuse(Errno.EPERM));
    assertThat(new CipsoEncoder(false).encode(doi, 5, null))
        .isEqualTo(Labeling.refuse(Errno.EPERM));
  }

  /** The draft's section 3.4.2.6. */
  @ParameterizedTest
  @CsvSource({"s0, 10", "s0:c0, 20", "s0:c79, 20", "s0:c80, 21"})
  void optimisedBitmapsAreTenBytesLong(String level, int length) {
    Labeling made = new CipsoEncoder(true).encode(Doi.pass(1, 1), 0, MlsLevel.parse(level));
    assertThat(((Labeling.Attach) made).option().length()).isEqualTo(length);
  }

  private static final Doi PASS = Doi.pass(16, 1, 2, 5);
  private static final Doi ONLY_BITMAP = Doi.pass(17, 1);
  private static final Doi TRANS =
      new Doi.Translated(
          8,
          List.of(1),
          Translation.of(List.of(new Translation.Pair(0, 1)), 255),
          Translation.of(List.of(new Translation.Pair(0, 1)), 65534));
  private static final Doi LOCAL = new Doi.Local(9);

  /** The rows of cipso_v4_validate in its order; the pointer is that of the option. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "86 01                                      | OPTION_LENGTH            | 0",
        "86 0b 00000010 01040000                    | OPTION_LENGTH            | 0",
        "86 07 00000010 01                          | OPTION_TOO_SHORT         | 1",
        "86 0a 00000063 01040000                    | DOI_UNKNOWN              | 2",
        "86 0a 00000000 01040000                    | DOI_UNKNOWN              | 2",
        // a tag that is not in the list comes before its length
        "86 0a 00000011 02ff0000                    | TAG_NOT_IN_DOI           | 6",
        "86 0a 00000010 07ff0000                    | TAG_UNKNOWN              | 6",
        "86 0e 00000010 01040000 06040000           | TAG_UNKNOWN              | 10",
        "86 0b 00000010 01040000 01                 | TAG_CUT                  | 10",
        "86 0a 00000010 01050000                    | TAG_TOO_LONG             | 7",
        "86 0a 00000010 01030000                    | TAG_TOO_SHORT            | 7",
        "86 0a 00000010 01000000                    | TAG_TOO_SHORT            | 7",
        "86 0a 00000008 01040000                    | LEVEL_UNMAPPED           | 9",
        "86 0b 00000008 01050001 80                 | CATEGORY_UNMAPPED        | 10",
        "86 0b 00000008 01050001 60                 | CATEGORY_UNMAPPED        | 10",
        "86 0a 00000010 02030000                    | TAG_TOO_SHORT            | 7",
        "86 0d 00000010 02070000 000100             | CATEGORIES_CUT           | 10",
        "86 0e 00000010 02080000 00020002           | CATEGORIES_NOT_ASCENDING | 10",
        "86 0e 00000010 02080000 00020001           | CATEGORIES_NOT_ASCENDING | 10",
        "86 0a 00000010 05030000                    | TAG_TOO_SHORT            | 7",
        "86 0d 00000010 05070000 000100             | CATEGORIES_CUT           | 10",
        "86 12 00000010 050c0000 0005000400060001   | RANGES_NOT_DESCENDING    | 10",
        "86 12 00000010 01040000 02080000 00020002  | CATEGORIES_NOT_ASCENDING | 14",
        "86 0c 00000009 800625000000                | LOCAL_NOT_ON_LOOPBACK    | 6",
        "86 0b 00000009 8005 000000                 | LOCAL_NOT_ON_LOOPBACK    | 6",
        // type 0 gets by a list that is not full, as in the kernel, and no further
        "86 0a 00000010 00040000                    | TAG_UNKNOWN              | 6",
        "86 0a 00000010 00ff0000                    | TAG_TOO_LONG             | 7",
      })
  void refusesInTheOrderOfTheKernel(String bytes, CipsoFault fault, int pointer) {
    assertThat(refusal(bytes, false, true)).isEqualTo(fault);
    assertThat(option.pointer()).isEqualTo(pointer);
  }

  private @Nullable CipsoFault refusal(String bytes, boolean loopback, boolean strict) {
    ByteBuf data = hex(bytes);
    CipsoFault fault = option.wrap(data, 0, data.readableBytes());
    DoiTable table = table(PASS, ONLY_BITMAP, TRANS, LOCAL);
    return fault == null ? option.validate(table, loopback, strict) : fault;
  }

  @Test
  void localTagsAreForLoopback() {
    assertThat(refusal("860c00000009800625000000", true, true)).isNull();
    assertThat(option.sid()).isEqualTo(0x25);
    assertThat(refusal("860b000000098005000000", true, true)).isEqualTo(CipsoFault.LOCAL_LENGTH);
    assertThat(option.pointer()).isEqualTo(7);
  }

  @Test
  void theCheckOfBitmapsCanBeTurnedOff() {
    assertThat(refusal("860b00000008010500ff80", false, false)).isNull();
    assertThat(option.label(TRANS)).isNull();
    assertThat(refusal("860b000000080105000140", false, true)).isNull();
    assertThat(option.label(TRANS)).isEqualTo(MlsLevel.parse("s0:c0"));
  }

  /** Only the order of ranges is looked at, by the kernel too. */
  @Test
  void rangeFromHighToLowSaysNothing() {
    assertThat(refusal("860e0000001005080003 00010002", false, true)).isNull();
    assertThat(option.label(PASS)).isEqualTo(MlsLevel.parse("s3"));
    assertThat(refusal("860e0000001005080003 00020002", false, true)).isNull();
    assertThat(option.label(PASS)).isEqualTo(MlsLevel.parse("s3:c2"));
  }

  @Test
  void tagsOfFips188AreReadAndRefused() {
    assertThat(refusal("860b0000001006050007c0", false, true)).isEqualTo(CipsoFault.TAG_UNKNOWN);
    assertThat(option.pointer()).isEqualTo(6);
    assertThat(option.level()).isEqualTo(7);
    assertThat(option.categories()).isEqualTo(CategorySet.of(0, 1));
    assertThat(refusal("860b0000001007050007c0", false, true)).isEqualTo(CipsoFault.TAG_UNKNOWN);
    assertThat(option.level()).isEqualTo(-1);
    assertThat(option.categories()).isEqualTo(CategorySet.EMPTY);
  }

  @Test
  void theHighestSixteenBitsAreRead() {
    assertThat(refusal("860e00000010 02080000 0001ffff", false, true)).isNull();
    assertThat(option.categories()).isEqualTo(CategorySet.of(1, 65535));
    assertThat(refusal("860e00000010 05080000 fffffffe", false, true)).isNull();
    assertThat(option.categories()).isEqualTo(CategorySet.of(65534, 65535));
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
  void everyTruncationHasName(String digits) {
    ByteBuf whole = hex(digits);
    int length = whole.readableBytes();
    assertThat(option.wrap(whole, 0, length)).isNull();
    assertThat(option.validate(null, true, true)).isNull();
    for (int cut = 0; cut < length; cut++) {
      // a buffer of exactly these bytes, so that reading beyond them fails the test
      ByteBuf part = Unpooled.copiedBuffer(whole.slice(0, cut));
      assertThat(option.wrap(part, 0, cut)).isEqualTo(CipsoFault.OPTION_LENGTH);
      assertThat(option.level() + option.doi() + option.sid() + option.tagType())
          .isGreaterThan(-10);
      if (cut >= 2) {
        part.setByte(1, cut);
        assertThat(option.wrap(part, 0, cut)).isNull();
        assertThat(option.validate(null, true, true))
            .isIn(CipsoFault.OPTION_TOO_SHORT, CipsoFault.TAG_TOO_LONG);
        assertThat(option.pointer()).isLessThan(cut);
      }
    }
  }

  @Test
  void randomBytesNeverDoMoreThanFail() {
    Random random = new Random(134);
    TreeSet<String> seen = new TreeSet<>();
    DoiTable table = table(PASS, TRANS, LOCAL);
    for (int round = 0; round < 300_000; round++) {
      byte[] bytes = new byte[random.nextInt(41)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(9));
      }
      if (bytes.length > 9) {
        bytes[0] = (byte) 134;
        bytes[1] = (byte) (random.nextInt(9) == 0 ? 41 : bytes.length);
        bytes[2] = 0;
        bytes[3] = 0;
        bytes[4] = 0;
        bytes[5] = new byte[] {16, 8, 9, 1}[random.nextInt(4)];
        bytes[6] = new byte[] {1, 2, 5, 6, (byte) 128}[random.nextInt(5)];
        bytes[7] = (byte) (bytes.length - 6 - (random.nextInt(5) == 0 ? 1 : 0));
      }
      ByteBuf data = Unpooled.wrappedBuffer(bytes);
      CipsoFault fault = option.wrap(data, 0, bytes.length);
      if (fault == null) {
        fault = option.validate(table, random.nextBoolean(), true);
      }
      seen.add(String.valueOf(fault));
      assertThat(option.pointer()).isBetween(0, 40);
      CategorySet categories = option.categories();
      if (fault == null && option.tagType() != 128) {
        Doi doi = Objects.requireNonNull(table.find(option.doi()));
        MlsLevel level = Objects.requireNonNull(option.label(doi));
        assertThat(level.categories().size()).isEqualTo(categories.size());
      }
    }
    assertThat(seen).hasSizeGreaterThan(12).contains("null");
  }

  @Test
  void randomLevelsComeBack() {
    Random random = new Random(5);
    Doi doi = Doi.pass(7, 5, 2, 1);
    for (int round = 0; round < 2000; round++) {
      BitSet categories = new BitSet();
      for (int runs = random.nextInt(10); runs > 0; runs--) {
        int first = random.nextInt(240);
        categories.set(first, Math.min(240, first + 1 + random.nextInt(20)));
      }
      MlsLevel level = new MlsLevel(random.nextInt(256), CategorySet.of(categories));
      Labeling made = new CipsoEncoder(round % 2 == 0).encode(doi, 0, level);
      ByteBuf out = Unpooled.buffer(CipsoOption.MAX_LENGTH);
      LabelOption bytes = ((Labeling.Attach) made).option();
      bytes.writeHeader(out, 0, 0);
      assertThat(option.wrap(out, 0, bytes.headerBytes())).isNull();
      assertThat(option.validate(table(doi), false, true)).isNull();
      assertThat(option.label(doi)).isEqualTo(level);
    }
  }

  @Test
  void doisAreCheckedWhenMade() {
    assertThatIllegalArgumentException().isThrownBy(() -> Doi.pass(0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> Doi.pass(1));
    assertThatIllegalArgumentException().isThrownBy(() -> Doi.pass(1, 6));
    assertThatIllegalArgumentException().isThrownBy(() -> Doi.pass(1, 128));
    assertThatIllegalArgumentException().isThrownBy(() -> Doi.pass(1, 1, 2, 5, 1, 2, 5));
    assertThatIllegalArgumentException().isThrownBy(() -> new Doi.Local(0));
    for (int tag : List.of(2, 5, 6, 7, 128)) {
      List<Integer> tags = new ArrayList<>(List.of(1, tag));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Doi.Translated(1, tags, Translation.NONE, Translation.NONE));
    }
    assertThat(table(PASS).add(Doi.pass(16, 2))).isEqualTo(Errno.EEXIST);
  }

  @Test
  void numbersNamedTwiceKeepWhatWasSaidLast() {
    Translation table =
        Translation.of(
            List.of(
                new Translation.Pair(1, 5), new Translation.Pair(1, 6), new Translation.Pair(2, 6)),
            255);
    assertThat(table.remote(1)).isEqualTo(6);
    assertThat(table.local(5)).isEqualTo(1);
    assertThat(table.local(6)).isEqualTo(2);
    assertThat(table.listed()).isEqualTo("1=6,2=6");
    assertThat(table).hasToString("1=5,1=6,2=6");
    assertThat(table.remote(0)).isEqualTo(-1);
    assertThat(table.remote(99)).isEqualTo(-1);
  }
}
