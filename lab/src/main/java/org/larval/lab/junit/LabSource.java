package org.larval.lab.junit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;

/**
 * A lab file as a test names it.
 *
 * @param path how a person at the project's root would name it
 */
record LabSource(String path, LabFile file) {
  /** Where Maven and Gradle keep what ends up on the class path of tests. */
  private static final Path RESOURCES = Path.of("src", "test", "resources");

  static LabSource find(String name, Class<?> test) {
    Path source = RESOURCES.resolve(name);
    String shown = Files.isRegularFile(source) ? source.toString() : name;
    ClassLoader loader = test.getClassLoader();
    try (InputStream resource =
        loader == null
            ? ClassLoader.getSystemResourceAsStream(name)
            : loader.getResourceAsStream(name)) {
      if (resource != null) {
        String text = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        return new LabSource(shown, LabFileReader.parse(shown, text));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Path path = Path.of(name);
    if (!Files.isRegularFile(path)) {
      throw new ExtensionConfigurationException(
          "there is no lab file '"
              + name
              + "' on the class path or under "
              + Path.of("").toAbsolutePath());
    }
    return new LabSource(name, LabFileReader.read(path));
  }
}
