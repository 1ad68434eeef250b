package org.larval.lab.run;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.net.Tap;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.pcap.EspKeyFile;
import org.larval.pcap.FrameDirection;
import org.larval.pcap.IkeKeyFile;
import org.larval.pcap.LinkType;
import org.larval.pcap.PcapngWriter;

/**
 * The captures of a run. A link's shows what arrives, and what was lost with the reason in a
 * comment. Comments name labels and marks too. A guest's has two interfaces: {@code clear}, where
 * IPsec packets are seen before they are protected and after they are opened, and {@code wire}.
 * Beside each capture stands {@code NAME.esp_sa} with the keys for Wireshark, and {@code
 * NAME.ikev2_decryption_table} if guests speak IKE.
 */
final class Captures implements AutoCloseable {
  private final @Nullable Path under;
  private final String title;
  private final CaptureNotes notes;
  private final Map<Path, PcapngWriter> writers = new LinkedHashMap<>();
  private final List<EspKeyFile> keyFiles = new ArrayList<>();
  private final Map<Path, IkeKeyFile> ikeFiles = new LinkedHashMap<>();

  Captures(@Nullable Path under, String title, CaptureNotes notes) {
    this.notes = notes;
    this.under = under;
    this.title = title;
  }

  /** What it says beside frames. */
  CaptureNotes notes() {
    return notes;
  }

  /** Whether anything is written at all. */
  boolean wanted() {
    return under != null;
  }

  /** One interface of a capture file. */
  record Port(PcapngWriter writer, int number) {
    void write(long now, ByteBuf bytes, FrameDirection direction, @Nullable String comment) {
      writer.write(now, number, bytes, direction, comment);
    }
  }

  @Nullable Port open(@Nullable String path, String name, LinkType type) {
    Path base = under;
    if (path == null || base == null) {
      return null;
    }
    PcapngWriter writer = writer(base.resolve(path));
    return new Port(writer, writer.addInterface(name, type));
  }

  private PcapngWriter writer(Path file) {
    PcapngWriter known = writers.get(file);
    if (known != null) {
      return known;
    }
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      PcapngWriter writer = PcapngWriter.create(file, title);
      writers.put(file, writer);
      keyFiles.add(EspKeyFile.create(file.resolveSibling(file.getFileName() + ".esp_sa")));
      return writer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Files for Wireshark that get every SA of the lab; its keys are worth nothing elsewhere. */
  List<EspKeyFile> keyFiles() {
    return keyFiles;
  }

  /** The same for IKE SAs; there are none before the first is asked for. */
  Collection<IkeKeyFile> ikeFiles() {
    for (Path capture : writers.keySet()) {
      if (!ikeFiles.containsKey(capture)) {
        try {
          ikeFiles.put(
              capture,
              IkeKeyFile.create(
                  capture.resolveSibling(capture.getFileName() + ".ikev2_decryption_table")));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return ikeFiles.values();
  }

  /** Everything that was written. */
  List<String> files() {
    return writers.keySet().stream().map(Path::toString).toList();
  }

  /** A tap that writes one direction of a link. */
  Tap tap(Port port) {
    return new Tap() {
      @Override
      public void arrives(long now, Packet packet) {
        port.write(now, packet.buffer(), FrameDirection.UNKNOWN, notes.sent(packet));
      }

      @Override
      public void lost(long now, Packet packet, DropReason reason) {
        port.write(
            now, packet.buffer(), FrameDirection.UNKNOWN, notes.lost(packet, reason.sentence()));
      }
    };
  }

  @Override
  public void close() {
    writers.values().forEach(PcapngWriter::close);
    try {
      for (EspKeyFile keys : keyFiles) {
        keys.close();
      }
      for (IkeKeyFile keys : ikeFiles.values()) {
        keys.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
