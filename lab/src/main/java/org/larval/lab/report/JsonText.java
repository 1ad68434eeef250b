package org.larval.lab.report;

import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** Records as JSON, the same bytes for the same values. */
public final class JsonText {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .defaultPrettyPrinter(
              new DefaultPrettyPrinter()
                  .withObjectIndenter(new DefaultIndenter("  ", "\n"))
                  .withArrayIndenter(new DefaultIndenter("  ", "\n")))
          .build();

  private JsonText() {}

  /** Indented JSON with a line feed at the end. */
  public static String of(Object record) {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(record) + "\n";
  }

  /** JSON on one line. */
  public static String line(Object record) {
    return MAPPER.writeValueAsString(record) + "\n";
  }

  /** The record that {@link #of} made such a text of. */
  public static <T> T read(String text, Class<T> type) {
    return MAPPER.readValue(text, type);
  }
}
