package org.larval.nic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.larval.packet.EffectList;
import org.larval.packet.PacketPool;

/** The lab here, a guest in a JVM of its own, a netfile between them. */
class TwoProcessesTest {
  private static final int WINDOW = 64;

  @TempDir private Path folder;
  private final PacketPool pool = new PacketPool(UnpooledByteBufAllocator.DEFAULT, false);
  private final Frames frames = new Frames();
  private long sent;
  private long echoed;

  private static Process guest(Path path) throws IOException {
    Process guest =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                EchoGuest.class.getName(),
                path.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader lines = guest.inputReader(StandardCharsets.UTF_8);
    assertThat(lines.readLine()).isEqualTo("ready");
    return guest;
  }

  /** Keeps a window of frames under way until this many came back, in order. */
  private void echo(VirtualNic nic, Process guest, long count) {
    long until = echoed + count;
    try (EffectList out = new EffectList()) {
      while (echoed < until) {
        assertThat(guest.isAlive()).isTrue();
        while (sent < until && sent - echoed < WINDOW) {
          sent++;
          int length = Frames.MIN + (int) (sent * 7 % 1400);
          assertThat(nic.lab().deliver(sent, frames.make(pool, sent, length), out)).isTrue();
        }
        if (nic.lab().drain(0, out, 64) == 0) {
          Frames.idle();
        }
        for (EffectList.Sent back : out.of(EffectList.Sent.class)) {
          assertThat(frames.number(back.packet())).isEqualTo(++echoed);
        }
        out.clear();
      }
    }
  }

  @Test
  @Timeout(value = 100, unit = TimeUnit.SECONDS)
  void framesCrossAndAKilledGuestIsReplaced() throws Exception {
    Path path = folder.resolve("guest.nic");
    Netfile.format(path, Frames.MAC, NicGeometry.of(256, 2048), 1500);
    Process first = guest(path);
    Process second = null;
    try (Netfile file = Netfile.open(path, Netfile.End.LAB)) {
      VirtualNic nic = VirtualNic.over(file, "lab", 1, 0, pool, Doorbell.NONE, Doorbell.NONE);
      echo(nic, first, 50_000);
      // only one process plays the guest
      Process intruder = intruder(path);
      assertThat(intruder.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(intruder.exitValue()).isNotZero();
      killUnderLoad(nic, first);
      second = guest(path);
      settle(nic);
      echo(nic, second, 50_000);
      assertThat(nic.fault()).isNull();
      try (EffectList out = new EffectList()) {
        nic.lab().deliver(0, frames.make(pool, EchoGuest.END, 60), out);
      }
      assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(second.exitValue()).isZero();
    } finally {
      first.destroyForcibly();
      if (second != null) {
        second.destroyForcibly();
      }
    }
    assertThat(pool.live()).isZero();
    assertThatThrownBy(() -> Netfile.open(folder.resolve("gone"), Netfile.End.LAB))
        .isInstanceOf(IOException.class);
  }

  private static Process intruder(Path path) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            EchoGuest.class.getName(),
            path.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Kills the guest (SIGKILL) while frames are under way in both directions. */
  private void killUnderLoad(VirtualNic nic, Process guest) throws InterruptedException {
    try (EffectList out = new EffectList()) {
      for (int i = 0; i < 40; i++) {
        nic.lab().deliver(0, frames.make(pool, 1, 700), out);
      }
      guest.destroyForcibly();
      assertThat(guest.waitFor(30, TimeUnit.SECONDS)).isTrue();
      nic.lab().deliver(0, frames.make(pool, 1, 700), out); // nobody is there: no harm
      assertThat(nic.fault()).isNull();
    }
  }

  /** Takes out what the old guest left behind, and waits for the new one by a mark. */
  private void settle(VirtualNic nic) {
    long mark = 0x5555_0000L;
    boolean seen = false;
    try (EffectList out = new EffectList()) {
      while (!nic.lab().deliver(0, frames.make(pool, mark, 60), out)) {
        Frames.idle();
      }
      while (!seen) {
        if (nic.lab().drain(0, out, 64) == 0) {
          Frames.idle();
        }
        for (EffectList.Sent back : out.of(EffectList.Sent.class)) {
          long number = frames.number(back.packet());
          assertThat(number).isIn(1L, mark);
          seen |= number == mark;
        }
        out.clear();
      }
    }
  }
}
