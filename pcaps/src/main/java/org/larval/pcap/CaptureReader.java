package org.larval.pcap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a capture frame by frame, pcap or pcapng in either byte order; the first four bytes decide.
 *
 * <p>A damaged or cut file gives all frames before the damage, then one {@link CaptureException},
 * then nothing more: a replay can use what there is and report the damage at its end.
 */
public sealed interface CaptureReader extends AutoCloseable permits PcapReader, PcapngReader {
  /** No frame may be longer: libpcap's MAXIMUM_SNAPLEN. A longer one counts as damage. */
  int MAX_FRAME = 262_144;

  /**
   * Opens a file and reads its header.
   *
   * @throws CaptureException if it is no capture
   * @throws IOException if it cannot be opened
   */
  static CaptureReader open(Path file) throws IOException {
    return open(Files.newInputStream(file), file.toString());
  }

  /**
   * Reads a capture from a stream, which is closed with the reader, or here if this fails.
   *
   * @param name names the capture in messages
   * @throws CaptureException if it is no capture
   */
  static CaptureReader open(InputStream stream, String name) throws CaptureException {
    CaptureInput input = new CaptureInput(stream, name);
    try {
      return switch (input.magic()) {
        case PcapngReader.SECTION_HEADER -> new PcapngReader(input);
        case PcapReader.MICROSECONDS -> new PcapReader(input, false, 1000);
        case PcapReader.NANOSECONDS -> new PcapReader(input, false, 1);
        case PcapReader.MICROSECONDS_SWAPPED -> new PcapReader(input, true, 1000);
        case PcapReader.NANOSECONDS_SWAPPED -> new PcapReader(input, true, 1);
        default -> throw input.notCapture();
      };
    } catch (CaptureException e) {
      input.close();
      throw e;
    }
  }

  /**
   * The next frame, or null at the end and ever after.
   *
   * @throws CaptureException once, where the file is damaged
   */
  @Nullable CapturedFrame next() throws CaptureException;

  /** The interfaces met so far, by their id. A pcap file has one, without a name. */
  List<CaptureInterface> interfaces();

  /** The comment of the current section, or null. */
  @Nullable String comment();

  /** The capture's name, as in messages. */
  String name();

  /** How many frames were read so far. */
  long frames();

  /** Closes the file; errors in doing so do not matter to a reader and are ignored. */
  @Override
  void close();
}
