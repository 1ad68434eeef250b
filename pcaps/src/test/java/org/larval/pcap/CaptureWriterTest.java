package org.larval.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

class CaptureWriterTest {
  @Test
  void pcapngIsReadBack() throws IOException {
    byte[] file = Samples.small();
    assertThat(file).isEqualTo(Samples.small());
    Samples.Reading reading = Samples.read(file);
    assertThat(reading.damage()).isNull();
    assertThat(reading.interfaces())
        .containsExactly(
            new CaptureInterface(0, "a.nic", 1, 262144),
            new CaptureInterface(1, "b.nic", 1, 262144));
    Samples.Reading sample = Samples.read(CaptureReader.open(Samples.file("cipso-pass-tag1")));
    assertThat(reading.frames()).hasSize(4);
    for (int i = 0; i < 4; i++) {
      CapturedFrame frame = reading.frames().get(i);
      assertThat(frame.timestampNanos()).isEqualTo(946_684_800_000_000_000L + i * 1_000_000_001L);
      assertThat(frame.interfaceId()).isEqualTo(i % 2);
      assertThat(frame.data()).isEqualTo(sample.frames().get(i).data());
      assertThat(frame.direction()).isEqualTo(Samples.DIRECTIONS.get(i % 3));
      assertThat(frame.comment()).isEqualTo(i < 2 ? "held 20 ms, grün " + i : null);
      assertThat(frame.isCut()).isFalse();
    }
  }

  @Test
  void pcapIsWhatTheFormatSays() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuf frame = Unpooled.wrappedBuffer(Samples.hex("ff 45000001 ff"), 1, 4);
    try (PcapWriter writer =
        new PcapWriter(out, "x", LinkType.RAW, CaptureWriter.LAB_EPOCH_NANOS)) {
      writer.write(1_000_000_002L, 0, Unpooled.wrappedBuffer(Samples.hex("45000001")), "gone");
      assertThat(frame.readerIndex()).isZero();
    }
    assertThat(out.toByteArray())
        .isEqualTo(
            Samples.hex(
                "4d3cb2a1 0200 0400 00000000 00000000 00000400 65000000"
                    + "81436d38 02000000 04000000 04000000 45000001"));
  }

  @Test
  void manyFramesPassTheBuffer() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuf frame = Unpooled.buffer(1000).writeZero(1000);
    PcapngWriter writer = new PcapngWriter(out, "x", null, 0);
    int id = writer.addInterface("n", LinkType.ETHERNET);
    for (int i = 0; i < 500; i++) {
      writer.write(i, id, frame, null);
    }
    assertThat(out.size()).isBetween(400_000, 520_000);
    writer.flush();
    int flushed = out.size();
    writer.close();
    writer.close();
    assertThat(out.size()).isEqualTo(flushed);
    assertThat(Samples.read(out.toByteArray()).frames()).hasSize(500);
    assertThatThrownBy(() -> writer.write(0, id, frame, null))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void tooLongFramesAndCommentsAreCut() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PcapngWriter writer = new PcapngWriter(out, "x", null, 0)) {
      int id = writer.addInterface("n", LinkType.ETHERNET);
      writer.write(0, id, Unpooled.buffer(300_000).writeZero(300_000), "ü".repeat(40_000));
      assertThatThrownBy(() -> writer.write(0, 1, Unpooled.EMPTY_BUFFER, null))
          .isInstanceOf(IllegalArgumentException.class);
    }
    Samples.Reading reading = Samples.read(out.toByteArray());
    assertThat(reading.damage()).isNull();
    CapturedFrame frame = reading.frames().getFirst();
    assertThat(frame.data().readableBytes()).isEqualTo(262_144);
    assertThat(frame.originalLength()).isEqualTo(300_000);
    assertThat(frame.comment()).isEqualTo("ü".repeat(32_766));
  }

  @Test
  void aFullDiskNamesTheFile() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    PcapngWriter writer = new PcapngWriter(full, "ab.pcapng", null, 0);
    assertThatThrownBy(writer::flush)
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(
            "ab.pcapng: the capture could not be written: No space left on device");
  }
}
