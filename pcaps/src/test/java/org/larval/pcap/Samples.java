package org.larval.pcap;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The samples of this module, and captures made for a test. */
final class Samples {
  static final List<FrameDirection> DIRECTIONS =
      List.of(FrameDirection.UNKNOWN, FrameDirection.INBOUND, FrameDirection.OUTBOUND);

  private static final Path FOLDER = Path.of("samples");

  private Samples() {}

  static Path file(String name) {
    return FOLDER.resolve(name + ".pcap");
  }

  /** What a reader gave: frames, and the damage at the end or null. */
  record Reading(
      List<CapturedFrame> frames,
      List<CaptureInterface> interfaces,
      @Nullable CaptureException damage) {}

  static Reading read(CaptureReader reader) {
    List<CapturedFrame> frames = new ArrayList<>();
    CaptureException damage = null;
    try (reader) {
      try {
        for (CapturedFrame frame = reader.next(); frame != null; frame = reader.next()) {
          frames.add(frame);
        }
      } catch (CaptureException e) {
        damage = e;
      }
      if (reader.next() != null || reader.frames() != frames.size()) {
        throw new AssertionError("a frame after the end");
      }
      return new Reading(frames, List.copyOf(reader.interfaces()), damage);
    } catch (CaptureException e) {
      throw new AssertionError("damage was reported twice", e);
    }
  }

  static Reading read(byte[] file) throws CaptureException {
    return read(CaptureReader.open(new ByteArrayInputStream(file), "test.cap"));
  }

  static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
  }

  /** A small pcapng with two interfaces, directions and comments, as our writer makes it. */
  static byte[] small() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PcapngWriter writer =
            new PcapngWriter(out, "small", "seed 7", CaptureWriter.LAB_EPOCH_NANOS);
        CaptureReader sample = CaptureReader.open(file("cipso-pass-tag1"))) {
      int a = writer.addInterface("a.nic", LinkType.ETHERNET);
      int b = writer.addInterface("b.nic", LinkType.ETHERNET);
      for (int i = 0; i < 4; i++) {
        CapturedFrame frame = sample.next();
        if (frame == null) {
          throw new AssertionError("the sample ended");
        }
        writer.write(
            i * 1_000_000_001L,
            i % 2 == 0 ? a : b,
            frame.data(),
            DIRECTIONS.get(i % 3),
            i < 2 ? "held 20 ms, grün " + i : null);
      }
    }
    return out.toByteArray();
  }
}
