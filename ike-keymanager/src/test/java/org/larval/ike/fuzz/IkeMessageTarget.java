package org.larval.ike.fuzz;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.larval.ike.message.GoldenMessages;
import org.larval.ike.message.Header;
import org.larval.ike.message.MalformedMessageException;
import org.larval.ike.message.Message;
import org.larval.ike.message.MessageReader;
import org.larval.ike.message.MessageText;
import org.larval.ike.message.MessageWriter;
import org.larval.ike.message.Payload;
import org.larval.ike.message.TextLine;

/**
 * Any bytes as a message, and as payloads that were inside of one: read, printed, written and read
 * again.
 *
 * <pre>
 *  way | the message
 *  way | type of the first payload | payloads
 * </pre>
 */
public final class IkeMessageTarget {
  /** The length in the header stays as it is. */
  private static final int AS_IT_IS = 1;

  /** These are payloads without a header. */
  private static final int INSIDE = 2;

  private IkeMessageTarget() {}

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    run(data);
  }

  /** Whether it was read. */
  static boolean run(byte[] data) {
    if (data.length < 2) {
      return false;
    }
    try {
      if ((data[0] & INSIDE) != 0) {
        inside(data[1] & 0xff, Arrays.copyOfRange(data, 2, data.length));
      } else {
        byte[] octets = Arrays.copyOfRange(data, 1, data.length);
        if ((data[0] & AS_IT_IS) == 0 && octets.length >= Header.SIZE) {
          ByteBuffer.wrap(octets).putInt(24, octets.length);
        }
        whole(octets);
      }
      return true;
    } catch (MalformedMessageException expected) {
      require(expected.offset() >= 0 && expected.offset() <= data.length, "outside of the data");
      return false;
    }
  }

  private static void whole(byte[] octets) throws MalformedMessageException {
    Message message = MessageReader.read(octets);
    byte[] again = MessageWriter.write(message);
    require(again.length == octets.length, "another length");
    require(message.equals(again(again)), "another message");
    print(message.payloads());
    require(printable(message.toString()), "unprintable");
  }

  private static Message again(byte[] octets) {
    try {
      return MessageReader.read(octets);
    } catch (MalformedMessageException problem) {
      throw new AssertionError("cannot read what was written", problem);
    }
  }

  private static void inside(int type, byte[] plain) throws MalformedMessageException {
    List<Payload> payloads = MessageReader.payloads(type, plain);
    require(MessageWriter.payloads(payloads).length == plain.length, "another length");
    print(payloads);
  }

  private static void print(List<Payload> payloads) {
    for (TextLine line : MessageText.tree(payloads)) {
      require(printable(line.toString()), "unprintable");
    }
  }

  private static boolean printable(String text) {
    return text.chars().allMatch(c -> c >= 0x20 && c <= 0x7e);
  }

  private static void require(boolean held, String what) {
    if (!held) {
      throw new AssertionError(what);
    }
  }

  /** Messages of real peers, and their payloads without the header. */
  static List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    for (byte[] message : GoldenMessages.all()) {
      byte[] seed = new byte[message.length + 1];
      System.arraycopy(message, 0, seed, 1, message.length);
      seeds.add(seed);
    }
    for (byte[] message : GoldenMessages.clear()) {
      byte[] seed = new byte[message.length - Header.SIZE + 2];
      seed[0] = INSIDE;
      seed[1] = message[16];
      System.arraycopy(message, Header.SIZE, seed, 2, seed.length - 2);
      seeds.add(seed);
    }
    return seeds;
  }

  /** Writes the seeds into a directory, for the fuzzer to begin with. */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createDirectories(Path.of(args[1]));
    List<byte[]> seeds = seeds();
    for (int i = 0; i < seeds.size(); i++) {
      Files.write(directory.resolve("seed-" + i), seeds.get(i));
    }
  }
}
