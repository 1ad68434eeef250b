package org.larval.xfrm.grammar;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a real {@code ip xfrm} said on a real kernel, command by command. */
record Transcript(String command, String output) {
  /** A device that was there. */
  static final Devices DEVICES =
      new Devices() {
        @Override
        public int index(String name) {
          return name.equals("vb") ? 7 : 0;
        }

        @Override
        public String name(int index) {
          return index == 7 ? "vb" : "?";
        }
      };

  static final IpXfrm GRAMMAR = new IpXfrm(context -> 5, DEVICES);

  static List<Transcript> read(String name) {
    List<Transcript> all = new ArrayList<>();
    for (String part : text(name).split("(?m)^\\$ ", -1)) {
      int end = part.indexOf('\n');
      all.add(new Transcript(part.substring(0, end), part.substring(end + 1)));
    }
    all.removeFirst();
    return all;
  }

  /** The output of the first command that reads like this. */
  static String after(String name, String command) {
    for (Transcript entry : read(name)) {
      if (entry.command.equals(command)) {
        return entry.output;
      }
    }
    throw new AssertionError(command);
  }

  /** Cuts a listing where a line begins without a tab. */
  static List<String> blocks(String listing) {
    List<String> blocks = new ArrayList<>(List.of(listing.split("(?m)^(?=src )", -1)));
    blocks.removeIf(String::isEmpty);
    return blocks;
  }

  /** Dates of a wall clock, which nobody can repeat. */
  static String withoutDates(String text) {
    return text.replaceAll("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d", "DATE");
  }

  boolean refused() {
    return output.contains("[exit ");
  }

  private static String text(String name) {
    try (InputStream in = Transcript.class.getResourceAsStream("/ip-xfrm/" + name + ".txt")) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
