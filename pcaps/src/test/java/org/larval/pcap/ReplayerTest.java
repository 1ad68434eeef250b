package org.larval.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.larval.packet.EffectList;
import org.larval.packet.PacketPool;
import org.larval.packet.StepAction;
import org.larval.packet.Trail;
import org.larval.wire.IpAddress;

class ReplayerTest {
  private static final long START = 5_000_000;

  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, true);
  private final EffectList out = new EffectList();
  private final List<Long> times = new ArrayList<>();

  @AfterEach
  void nothingLeaks() {
    out.close();
    assertThat(pool.live()).isZero();
  }

  private Replayer replayer(byte[] file, Replayer.Form form, Pace pace, Rewrite rewrite)
      throws CaptureException {
    CaptureReader reader = CaptureReader.open(new ByteArrayInputStream(file), "film");
    return new Replayer(reader, pool, form, pace, rewrite, id -> 10 + id, START);
  }

  /** Calls at each deadline until there is none; notes when each frame left. */
  private void run(Replayer replayer) {
    for (long at = replayer.deadline(); at != Long.MAX_VALUE; at = replayer.deadline()) {
      long before = replayer.sent();
      replayer.onDeadline(at, out);
      for (long i = before; i < replayer.sent(); i++) {
        times.add(at);
      }
    }
  }

  private static byte[] sample(String name) throws IOException {
    return Files.readAllBytes(Samples.file(name));
  }

  @Test
  void originalGaps() throws IOException {
    byte[] file = sample("labelled-queue-enf1-ld0-app_a");
    Replayer replayer = replayer(file, Replayer.Form.FRAME, new Pace.Original(), Rewrite.NONE);
    assertThat(replayer.deadline()).isEqualTo(START);
    replayer.onDeadline(START - 1, out);
    assertThat(out.all()).isEmpty();
    run(replayer);
    assertThat(times)
        .containsExactly(
            START, START + 20_067_000, START + 43_716_000, START + 43_858_000, START + 43_990_000);
    List<CapturedFrame> frames = Samples.read(file).frames();
    List<EffectList.Sent> sent = out.of(EffectList.Sent.class);
    assertThat(sent).hasSize(5);
    for (int i = 0; i < 5; i++) {
      EffectList.Sent one = sent.get(i);
      assertThat(one.port()).isEqualTo(10);
      assertThat(one.packet().buffer()).isEqualTo(frames.get(i).data());
      assertThat(one.packet().bornAt()).isEqualTo(times.get(i));
      Trail trail = one.packet().trail();
      assertThat(trail != null && trail.has(StepAction.BORN)).isTrue();
    }
    assertThat(out.events(ReplayFinished.class))
        .containsExactly(new ReplayFinished("film", 5, 0, null));
    assertThat(replayer.sentBytes()).isEqualTo(782);
    assertThat(replayer.finished()).isTrue();
  }

  @Test
  void scaledGaps() throws IOException {
    byte[] file = sample("labelled-queue-enf1-ld0-app_a");
    run(replayer(file, Replayer.Form.FRAME, new Pace.Scaled(2), Rewrite.NONE));
    assertThat(times.getLast()).isEqualTo(START + 87_980_000);
    for (double factor : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new Pace.Scaled(factor))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void atOnceButInBatches() throws IOException {
    Replayer replayer = replayer(many(150), Replayer.Form.FRAME, new Pace.AtOnce(), Rewrite.NONE);
    replayer.onDeadline(START, out);
    assertThat(replayer.sent()).isEqualTo(Replayer.BATCH);
    assertThat(replayer.deadline()).isEqualTo(START);
    run(replayer);
    assertThat(replayer.sent()).isEqualTo(150);
    assertThat(times).allMatch(at -> at == START);
  }

  /** Frames of 60 bytes, one a microsecond, with the time going back once. */
  private static byte[] many(int count) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ByteBuf frame = Unpooled.buffer(60).writeZero(60);
    try (PcapWriter writer = new PcapWriter(bytes, "x", LinkType.ETHERNET, 1_000_000)) {
      for (int i = 0; i < count; i++) {
        writer.write(i == 3 ? -500_000 : i * 1000L, 0, frame, null);
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void timeNeverGoesBack() throws IOException {
    run(replayer(many(6), Replayer.Form.FRAME, new Pace.Original(), Rewrite.NONE));
    assertThat(times)
        .containsExactly(
            START, START + 1000, START + 2000, START + 2000, START + 4000, START + 5000);
  }

  @Test
  void datagramsOfSeveralInterfaces() throws IOException {
    run(replayer(Samples.small(), Replayer.Form.DATAGRAM, new Pace.Original(), Rewrite.NONE));
    List<EffectList.Sent> sent = out.of(EffectList.Sent.class);
    assertThat(sent).extracting(EffectList.Sent::port).containsExactly(10, 11, 10, 11);
    assertThat(sent).allMatch(s -> s.packet().buffer().getByte(PacketPool.HEADROOM) >>> 4 == 4);
    assertThat(sent.getFirst().packet().length()).isEqualTo(96);
  }

  @Test
  void whatCannotBeSentIsCounted() throws IOException {
    byte[] cut = many(3);
    cut[24 + 12] = 61;
    Replayer replayer = replayer(cut, Replayer.Form.FRAME, new Pace.AtOnce(), Rewrite.NONE);
    run(replayer);
    assertThat(replayer.skipped(Replayer.Skip.CUT)).isEqualTo(1);
    assertThat(replayer.sent()).isEqualTo(2);
    replayer = replayer(many(3), Replayer.Form.DATAGRAM, new Pace.AtOnce(), Rewrite.NONE);
    run(replayer);
    assertThat(replayer.skipped(Replayer.Skip.NOT_IP)).isEqualTo(3);
    byte[] raw = many(3);
    raw[20] = 101;
    replayer = replayer(raw, Replayer.Form.FRAME, new Pace.AtOnce(), Rewrite.NONE);
    run(replayer);
    assertThat(replayer.skipped(Replayer.Skip.NOT_ETHERNET)).isEqualTo(3);
    assertThat(replayer.skipped()).isEqualTo(3);
  }

  @Test
  void aCutCaptureIsUsedUpToTheCut() throws IOException {
    byte[] file = sample("esp-transport-gcm128-v4");
    byte[] cut = Arrays.copyOf(file, file.length - 1);
    Replayer replayer = replayer(cut, Replayer.Form.FRAME, new Pace.Original(), Rewrite.NONE);
    run(replayer);
    assertThat(replayer.sent()).isEqualTo(15);
    ReplayFinished end = out.events(ReplayFinished.class).getFirst();
    assertThat(end.damage()).isSameAs(replayer.damage());
    assertThat(end.damage())
        .hasMessage(
            "film: byte 1954: the file ends inside a frame (101 of 102 bytes); frames before this"
                + " were read; record again or copy the file completely");
  }

  @Test
  void anEmptyCaptureEndsAtOnce() throws IOException {
    run(replayer(many(0), Replayer.Form.FRAME, new Pace.Original(), Rewrite.NONE));
    assertThat(out.events(ReplayFinished.class))
        .containsExactly(new ReplayFinished("film", 0, 0, null));
    assertThat(out.all()).hasSize(1);
  }

  @Test
  void addressesAreRewritten() throws IOException {
    Rewrite rewrite =
        Rewrite.of(Map.of(IpAddress.parse("10.9.0.2"), IpAddress.parse("10.0.0.9")), Map.of());
    byte[] file = sample("cipso-pass-tag1");
    run(replayer(file, Replayer.Form.DATAGRAM, new Pace.AtOnce(), rewrite));
    ByteBuf first = out.of(EffectList.Sent.class).getFirst().packet().buffer();
    assertThat(IpAddress.read(first, first.readerIndex() + 16, false)).hasToString("10.0.0.9");
  }
}
