package org.larval.secmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.larval.labels.Sids;

/** Rule files that nft and iptables-restore were asked about: those they take and the others. */
final class RuleFiles {
  private static final Path ROOT = Path.of("src/test/resources/rules");

  private RuleFiles() {}

  /** A file; the end of its name says which tool it is for: nft, v4 or v6. */
  record RuleFile(String name, String text) {
    String kind() {
      return name.substring(name.lastIndexOf('.') + 1);
    }

    RuleFile with(String other) {
      return new RuleFile(name, other);
    }

    Ruleset load(Ruleset into) {
      return switch (kind()) {
        case "nft" -> into.loadNft(name, text);
        case "v6" -> into.loadXtables(name, text, 6);
        default -> into.loadXtables(name, text, 4);
      };
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Ruleset none() {
    return new Ruleset(LabelSource.of(new Sids()), Interfaces.LOOPBACK_ONLY);
  }

  static List<RuleFile> accepted() {
    return in("accepted");
  }

  static List<RuleFile> refused() {
    return in("refused");
  }

  private static List<RuleFile> in(String folder) {
    try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
      return files.sorted().map(RuleFiles::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RuleFile read(Path path) {
    try {
      return new RuleFile(String.valueOf(path.getFileName()), Files.readString(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
