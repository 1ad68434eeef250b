package org.larval.lab.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command finds the daemon. */
final class IkeWords {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The file that the daemon runs with; its socket is FILE.sock.")
  private @Nullable Path config;

  @Option(names = "--socket", paramLabel = "PATH", description = "The daemon's socket.")
  private @Nullable Path socket;

  Path config() {
    Path given = config;
    if (given == null) {
      throw new BadInputException("no file is named", "give --config FILE");
    }
    return given;
  }

  Path socket() {
    Path given = socket;
    return given != null ? given : Path.of(config() + ".sock");
  }
}
