package org.larval.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Frames of a real kernel: little-endian microsecond Ethernet captures among the resources. */
public final class GoldenCapture {
  /** Every capture among the resources. */
  public static final List<String> NAMES =
      List.of(
          "ah-transport-sha256-v6",
          "ah-tunnel-sha256-v4",
          "calipso-pass",
          "cipso-pass-tag1",
          "esp-transport-gcm128-frag-v4",
          "esp-transport-gcm128-udpencap-v4",
          "esp-transport-gcm128-v6",
          "esp-tunnel-gcm128-v4",
          "esp-tunnel-gcm128-v6");

  private GoldenCapture() {}

  /** The frames of one capture. */
  public static List<byte[]> frames(String name) {
    try (InputStream in = GoldenCapture.class.getResourceAsStream(name + ".pcap")) {
      if (in == null) {
        throw new IllegalArgumentException("no capture " + name);
      }
      ByteBuf file = Unpooled.wrappedBuffer(in.readAllBytes());
      if (file.readIntLE() != 0xa1b2c3d4) {
        throw new IllegalArgumentException(name + " is not a little-endian pcap");
      }
      file.skipBytes(20);
      List<byte[]> frames = new ArrayList<>();
      while (file.isReadable()) {
        file.skipBytes(8);
        byte[] frame = new byte[file.readIntLE()];
        file.skipBytes(4);
        file.readBytes(frame);
        frames.add(frame);
      }
      return frames;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The frames of all captures. */
  public static Stream<byte[]> all() {
    return NAMES.stream().flatMap(name -> frames(name).stream());
  }
}
