package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamedPipeTest {
  @TempDir private Path folder;

  @Test
  void isMadeForItsOwnerAndOpenedAgain() throws IOException {
    Path path = folder.resolve("c.kick");
    int first = NamedPipe.open(path);
    int second = NamedPipe.open(path);
    assertThat(first).isNotNegative().isNotEqualTo(second);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
    assertThat(Files.isRegularFile(path)).isFalse();
    // both ends are one pipe, and neither blocks
    Files.write(Path.of("/proc/self/fd/" + first), new byte[] {7});
    assertThat(Files.newInputStream(Path.of("/proc/self/fd/" + second)).read()).isEqualTo(7);
  }

  @Test
  void isNothingElse() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> NamedPipe.open(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("something else than a FIFO");
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("elsewhere"));
    assertThatThrownBy(() -> NamedPipe.open(link)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> NamedPipe.open(folder.resolve("no").resolve("where")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot be made: errno 2");
  }
}
