package org.larval.outside;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Guests written in C, and what a netfile says of them. */
final class CGuest {
  private static final int SENT_RING_USED = 96;

  private CGuest() {}

  /** Whether there is a C compiler; says so if there is none. */
  static boolean haveCompiler() {
    for (String place : System.getenv().getOrDefault("PATH", "/usr/bin").split(":", -1)) {
      if (Files.isExecutable(Path.of(place, "cc"))) {
        return true;
      }
    }
    System.out.println("skipped: no C compiler; install gcc");
    return false;
  }

  /** Compiles one source and answers the program. */
  static Path compile(Path folder, String name, String source, String... more) throws Exception {
    Path program = folder.resolve(name);
    List<String> words = new ArrayList<>(List.of("cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o"));
    words.addAll(List.of(program.toString(), source));
    words.addAll(List.of(more));
    assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).isZero();
    return program;
  }

  /**
   * Frames that the lab has taken from a guest's sent ring, by its used index; 0 if there is no
   * such file yet.
   */
  static int sent(Path netfile) throws IOException {
    if (!Files.exists(netfile)) {
      return 0;
    }
    ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(netfile)) {
      int read = channel.read(bytes, SENT_RING_USED);
      if (read < 8) {
        return 0;
      }
      long used = bytes.getLong(0);
      ByteBuffer index = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
      return channel.read(index, used + 2) < 2 ? 0 : index.getShort(0) & 0xffff;
    }
  }
}
