package org.larval.lab.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.larval.lab.control.LineServer;
import org.larval.lab.report.JsonText;
import org.larval.lab.run.LabRun;

/**
 * Labs in real time that this user runs: each listens at {@code NAME-PID.sock} in the user's folder
 * for what runs, and answers the line {@code nics}.
 */
final class RunningLabs {
  static final String NICS = "nics";

  private static final String ENDING = ".sock";

  private RunningLabs() {}

  private static Path folder() {
    String runtime = System.getenv("XDG_RUNTIME_DIR");
    return runtime == null || runtime.isEmpty()
        ? Path.of(System.getProperty("java.io.tmpdir"), "larval-" + System.getProperty("user.name"))
        : Path.of(runtime, "larval");
  }

  /** Lets a lab be asked while it runs. */
  static LineServer announce(String name, LabRun run) throws IOException {
    Path folder = folder();
    if (!Files.isDirectory(folder)) {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    String plain = name.replaceAll("[^A-Za-z0-9_.]+", "-");
    String file = plain.substring(0, Math.min(32, plain.length()));
    return LineServer.open(
        folder.resolve(file + "-" + ProcessHandle.current().pid() + ENDING),
        ": a lab listens there already",
        (request, answer) -> {
          if (request.equals(NICS)) {
            answer.write(JsonText.line(run.nics()));
          }
          answer.flush();
        });
  }

  /** The sockets of those that run, by name; a lab that was killed leaves nothing behind here. */
  static List<Path> sockets(String name) throws IOException {
    List<Path> all = new ArrayList<>();
    Path folder = folder();
    if (!Files.isDirectory(folder)) {
      return all;
    }
    String wanted = name.isEmpty() ? "*-*" + ENDING : name + "-*" + ENDING;
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, wanted)) {
      for (Path socket : found) {
        if (LineServer.answers(socket)) {
          all.add(socket);
        } else {
          Files.deleteIfExists(socket);
        }
      }
    }
    all.sort(null);
    return all;
  }
}
