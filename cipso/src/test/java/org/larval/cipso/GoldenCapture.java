package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The frames of a capture of a Linux kernel, and what was said to be in them. */
record GoldenCapture(List<ByteBuf> frames, List<String> options, List<Integer> counts) {
  private static final int FILE_HEADER = 24;
  private static final int RECORD_HEADER = 16;

  static GoldenCapture read(String name) throws IOException {
    ByteBuf file = Unpooled.wrappedBuffer(bytes(name + ".pcap"));
    List<ByteBuf> frames = new ArrayList<>();
    file.skipBytes(FILE_HEADER);
    while (file.isReadable()) {
      int length = file.getIntLE(file.readerIndex() + 8);
      file.skipBytes(RECORD_HEADER);
      frames.add(file.readSlice(length));
    }
    List<String> options = new ArrayList<>();
    List<Integer> counts = new ArrayList<>();
    Pattern entry =
        Pattern.compile("\"option\": \"([^\"]*)\",\\s*\"packets_by_ip_protocol\": \\{([^}]*)\\}");
    Matcher entries = entry.matcher(new String(bytes(name + ".json"), StandardCharsets.UTF_8));
    while (entries.find()) {
      options.add(entries.group(1));
      int count = 0;
      Matcher numbers = Pattern.compile(": (\\d+)").matcher(entries.group(2));
      while (numbers.find()) {
        count += Integer.parseInt(numbers.group(1));
      }
      counts.add(count);
    }
    return new GoldenCapture(frames, options, counts);
  }

  private static byte[] bytes(String file) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(GoldenCapture.class.getResourceAsStream("/golden/" + file))) {
      return in.readAllBytes();
    }
  }
}
