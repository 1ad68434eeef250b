package org.larval.cipso;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.labels.MlsLevel;
import org.larval.wire.Ipv4View;

/**
 * Every option that a Linux kernel sent, read, compared with its description, and written again.
 */
class GoldenCipsoTest {
  private static final int ETHERNET = 14;

  private final Ipv4View ip = new Ipv4View();
  private final CipsoOption option = new CipsoOption();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cipso-local-tag128",
        "cipso-pass-tag1",
        "cipso-pass-tag1-maxcats",
        "cipso-pass-tag1-nocats",
        "cipso-pass-tag2",
        "cipso-pass-tag5"
      })
  void readsWhatLinuxSent(String name) throws IOException {
    GoldenCapture capture = GoldenCapture.read(name);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < capture.options().size(); i++) {
      expected.addAll(Collections.nCopies(capture.counts().get(i), capture.options().get(i)));
    }
    List<String> found = new ArrayList<>();
    for (ByteBuf frame : capture.frames()) {
      found.add(describe(frame));
    }
    assertThat(found).isNotEmpty().containsExactlyInAnyOrderElementsOf(expected);
  }

  private String describe(ByteBuf frame) {
    assertThat(ip.wrap(frame, ETHERNET, frame.readableBytes() - ETHERNET)).isNull();
    int at = ip.option(CipsoOption.TYPE);
    if (at < 0) {
      return "none";
    }
    assertThat(option.wrap(frame, at, ip.payload() - at)).isNull();
    CipsoTag tag = Objects.requireNonNull(option.tag());
    assertWrittenAgain(frame, at, tag);
    String label =
        switch (tag) {
          case CipsoTag.Bitmap t -> "level=" + t.level() + " cats=" + cats(t.categories());
          case CipsoTag.Enumerated t -> "level=" + t.level() + " cats=" + cats(t.categories());
          case CipsoTag.Ranged t -> "level=" + t.level() + " cats=" + cats(t.categories());
          case CipsoTag.Local t -> "secid=" + t.sid();
        };
    return "doi=%d tag=%d len=%d %s raw=%s"
        .formatted(
            option.doi(),
            option.tagType(),
            option.length(),
            label,
            ByteBufUtil.hexDump(frame, at, option.length()));
  }

  private static String cats(Object categories) {
    String text = categories.toString();
    return text.isEmpty() ? "-" : text;
  }

  /** Byte for byte, padding up to the end of the header included. */
  private void assertWrittenAgain(ByteBuf frame, int at, CipsoTag tag) {
    ByteBuf out = Unpooled.buffer(CipsoOption.MAX_LENGTH);
    for (int i = 0; i < CipsoOption.MAX_LENGTH; i++) {
      out.setByte(i, 0xff);
    }
    int length = CipsoOption.emit(out, 0, option.doi(), tag);
    assertThat(ByteBufUtil.hexDump(out, 0, length))
        .isEqualTo(ByteBufUtil.hexDump(frame, at, ip.payload() - at));
  }

  /** The levels that were given to the sockets of these captures, as Linux' own tools name them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cipso-pass-tag1         | 1 | s1:c1,c5,c9",
        "cipso-pass-tag1-maxcats | 1 | s3:c0.c239",
        "cipso-pass-tag1-nocats  | 1 | s2",
        "cipso-pass-tag2         | 2 | s1:c1,c5,c200",
        "cipso-pass-tag5         | 5 | s1:c1.c20,c100.c120,c200",
      })
  void passesLevelsThroughAsLinuxDoes(String name, int tagType, String level) throws IOException {
    Doi doi = Doi.pass(16, tagType);
    ByteBuf frame = GoldenCapture.read(name).frames().getFirst();
    assertThat(describe(frame)).isNotEqualTo("none");
    assertThat(doi.validate(option)).isNull();
    CipsoTag tag = Objects.requireNonNull(option.tag());
    assertThat(doi.level(tag)).hasToString(level);
    assertThat(doi.tag(MlsLevel.parse(level))).isEqualTo(tag);
  }

  /** cipso-pass-tag1-toobig and cipso-pass-tag2-16cats: Linux answered ENOSPC and sent nothing. */
  @Test
  void whatLinuxCouldNotSendHasNoTag() {
    @Nullable CipsoTag tooHigh = Doi.pass(16, 1).tag(MlsLevel.parse("s3:c250"));
    @Nullable CipsoTag tooMany = Doi.pass(16, 2).tag(MlsLevel.parse("s1:c0.c15"));
    assertThat(tooHigh).isNull();
    assertThat(tooMany).isNull();
  }
}
