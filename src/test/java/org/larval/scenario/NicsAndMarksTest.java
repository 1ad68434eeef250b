package org.larval.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.report.JsonText;
import org.larval.lab.report.Walk;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import org.larval.packet.StepAction;
import org.larval.pcap.CaptureReader;
import org.larval.pcap.CapturedFrame;

/** Rings in files, marks on packets, and captures that can be read again. */
class NicsAndMarksTest {
  private static final Path LABS = Path.of("src/test/resources/labs");

  @Test
  void aNicOverAFileGivesTheSameRun(@TempDir Path directory) throws IOException {
    String text = Files.readString(LABS.resolve("both-times.yaml"));
    String inFile =
        text.replace("10.0.0.1/24}", "10.0.0.1/24, netfile: " + directory.resolve("a.nic") + "}")
            .replace("10.0.0.2/24}", "10.0.0.2/24, netfile: " + directory.resolve("b.nic") + "}");
    assertThat(inFile).isNotEqualTo(text);
    assertThat(run(inFile)).isEqualTo(run(text));
  }

  private static String run(String text) {
    LabFile file = LabFileReader.parse("both-times.yaml", text);
    return JsonText.of(LabRun.run(file, RunOptions.PLAIN).report());
  }

  @Test
  void aSecmarkRuleMarksPackets() {
    LabFile file = LabFileReader.read(LABS.resolve("secmark.yaml"));
    Walk marked = Walk.of(LabRun.run(file, RunOptions.PLAIN.following(1, 0)), 1, 0);
    assertThat(marked.text()).contains("internal_packet_t");
    assertThat(marked.packets().getFirst())
        .anyMatch(step -> step.action().equals(StepAction.MARKED.verb()));
    Walk other = Walk.of(LabRun.run(file, RunOptions.PLAIN.following(2, 0)), 2, 0);
    assertThat(other.text()).doesNotContain("internal_packet_t");
  }

  @Test
  void aCaptureCanBeReadAgain(@TempDir Path directory) throws IOException {
    LabFile file = LabFileReader.read(LABS.resolve("rough-street.yaml"));
    LabRun run = LabRun.run(file, RunOptions.PLAIN.capturing(directory));
    assertThat(run.report().files()).hasSize(2);
    for (String name : run.report().files()) {
      int frames = 0;
      long last = Long.MIN_VALUE;
      try (CaptureReader reader = CaptureReader.open(Path.of(name))) {
        for (CapturedFrame frame = reader.next(); frame != null; frame = reader.next()) {
          frames++;
          assertThat(frame.timestampNanos()).isGreaterThanOrEqualTo(last);
          last = frame.timestampNanos();
        }
      }
      assertThat(frames).isGreaterThan(300);
    }
    assertThat(directory.resolve("street.pcapng.esp_sa")).isNotEmptyFile();
  }
}
