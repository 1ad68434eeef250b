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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.packet.Errno;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/** Every option that a Linux kernel sent: read, compared with its description, written again. */
class GoldenLabelsTest {
  private static final int ETHERNET = 14;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cipso-local-tag128",
        "cipso-pass-tag1",
        "cipso-pass-tag1-maxcats",
        "cipso-pass-tag1-nocats",
        "cipso-pass-tag2",
        "cipso-pass-tag5",
        "calipso-pass",
        "calipso-pass-nocats",
      })
  void readsWhatLinuxSent(String name) throws IOException {
    GoldenCapture capture = GoldenCapture.read(name);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < capture.options().size(); i++) {
      String option = capture.options().get(i).replaceAll("(len|cmptlen|crc|raw)=\\S+ ?", "");
      expected.addAll(Collections.nCopies(capture.counts().get(i), option.strip()));
    }
    List<String> found = new ArrayList<>();
    for (ByteBuf frame : capture.frames()) {
      found.add(describe(frame));
    }
    assertThat(found).isNotEmpty().containsExactlyInAnyOrderElementsOf(expected);
  }

  private static String describe(ByteBuf frame) {
    FoundLabel label =
        new LabelReader(null).read(frame, ETHERNET, frame.readableBytes() - ETHERNET, true);
    if (label == null) {
      return "none";
    }
    assertThat(label.valid()).isTrue();
    assertThat(label.errorPointer()).isNull();
    if (label.sid() != null) {
      return "doi=%d tag=%d secid=%d".formatted(label.doi(), label.tag(), label.sid());
    }
    String cats =
        CategorySet.of(label.categories().stream().mapToInt(Integer::intValue).toArray())
            .toString();
    return "doi=%d %slevel=%d cats=%s"
        .formatted(
            label.doi(),
            label.tag() == null ? "" : "tag=%d ".formatted(label.tag()),
            label.level(),
            cats.isEmpty() ? "-" : cats);
  }

  private static Labeling cipso(Doi doi, String level) {
    return new CipsoEncoder(false).encode(doi, 37, MlsLevel.parse(level));
  }

  /** The bytes that the kernel put into the header for what its sockets were given. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cipso-pass-tag1         | 1   | s1:c1,c5,c9",
        "cipso-pass-tag1-maxcats | 1   | s3:c0.c239",
        "cipso-pass-tag1-nocats  | 1   | s2",
        "cipso-pass-tag2         | 2   | s1:c1,c5,c200",
        "cipso-pass-tag5         | 5   | s1:c1.c20,c100.c120,c200",
        "cipso-local-tag128      | 128 | s0",
      })
  void writesWhatLinuxSent(String name, int tag, String level) throws IOException {
    Doi doi = tag == 128 ? new Doi.Local(9) : Doi.pass(16, tag);
    Labeling.Attach made = (Labeling.Attach) cipso(doi, level);
    ByteBuf frame = GoldenCapture.read(name).frames().getFirst();
    Ipv4View ip = new Ipv4View();
    assertThat(ip.wrap(frame, ETHERNET, frame.readableBytes() - ETHERNET)).isNull();
    assertThat(ip.optionsLength()).isEqualTo(made.option().headerBytes());
    ByteBuf out = Unpooled.buffer(64);
    made.option().writeHeader(out, 0, 0);
    assertThat(ByteBufUtil.hexDump(out, 0, made.option().headerBytes()))
        .isEqualTo(ByteBufUtil.hexDump(frame, ip.options(), ip.optionsLength()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"calipso-pass|s1:c1,c5,c9", "calipso-pass-nocats|s2"})
  void writesTheHopByHopHeaderThatLinuxSent(String name, String level) throws IOException {
    Labeling.Attach made = (Labeling.Attach) CalipsoOption.encode(16, MlsLevel.parse(level));
    ByteBuf frame =
        GoldenCapture.read(name).frames().stream()
            .filter(bytes -> bytes.getUnsignedByte(ETHERNET + 6) == 0)
            .findFirst()
            .orElseThrow();
    int header = ETHERNET + Ipv6View.HEADER;
    int length = (frame.getUnsignedByte(header + 1) + 1) * 8;
    assertThat(made.option().headerBytes()).isEqualTo(length);
    ByteBuf out = Unpooled.buffer(64);
    made.option().writeHeader(out, 0, frame.getUnsignedByte(header));
    assertThat(ByteBufUtil.hexDump(out, 0, length))
        .isEqualTo(ByteBufUtil.hexDump(frame, header, length));
  }

  /** The captures without frames: the kernel answered ENOSPC and EPERM. */
  @Test
  void refusesWhatLinuxRefused() throws IOException {
    for (String name :
        List.of("cipso-pass-tag1-toobig", "cipso-pass-tag2-16cats", "cipso-trans-tag1-unmapped")) {
      assertThat(GoldenCapture.read(name).frames()).isEmpty();
    }
    Translation one = Translation.of(List.of(new Translation.Pair(1, 1)), 255);
    Doi trans = new Doi.Translated(8, List.of(1), one, one);
    assertThat(cipso(Doi.pass(16, 1), "s3:c250")).isEqualTo(Labeling.refuse(Errno.ENOSPC));
    assertThat(cipso(Doi.pass(16, 2), "s1:c0.c15")).isEqualTo(Labeling.refuse(Errno.ENOSPC));
    assertThat(cipso(trans, "s1:c2")).isEqualTo(Labeling.refuse(Errno.EPERM));
    assertThat(Objects.requireNonNull(cipso(trans, "s1:c1"))).isInstanceOf(Labeling.Attach.class);
  }
}
