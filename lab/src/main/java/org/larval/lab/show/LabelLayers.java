package org.larval.lab.show;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.cipso.FoundLabel;
import org.larval.cipso.LabelReader;
import org.larval.cipso.NetLabel;
import org.larval.cipso.Ripso;
import org.larval.cipso.SidDictionary;
import org.larval.cipso.TagType;
import org.larval.cipso.grammar.NetlabelException;
import org.larval.cipso.grammar.NetlabelRunner;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.lab.show.ShowReport.Label;
import org.larval.lab.show.ShowReport.Layer;
import org.larval.labels.CategorySet;
import org.larval.labels.Sids;
import org.larval.pcap.CapturedFrame;
import org.larval.pcap.LinkType;
import org.larval.wire.IpAddress;

/** Shows the label options of IP headers; keeps the first of the frame at hand. */
final class LabelLayers {
  /** Both addresses of an Ethernet header. */
  private static final int STATIONS = 12;

  private static final int MAX_BYTES = 1 << 20;

  private final LabelReader reader;
  private boolean maybeLoopback;
  private @Nullable Label outermost;

  /**
   * For labels of any DOI, or of those in a file of netlabelctl lines.
   *
   * @throws LabFileException if the file cannot be followed
   */
  LabelLayers(@Nullable Path rules) {
    reader = new LabelReader(rules == null ? null : load(rules));
  }

  private static NetLabel load(Path rules) {
    NetLabel netLabel = new NetLabel(new SidDictionary(new Sids(), SidDictionary.NETMSG));
    String name = rules.toString();
    try {
      if (Files.size(rules) > MAX_BYTES) {
        throw new LabFileException(
            new Where(name, 1, 1), "the file is too long", "give a file of netlabelctl lines");
      }
      new NetlabelRunner(netLabel).load(Files.readString(rules));
    } catch (NetlabelException problem) {
      throw new LabFileException(
          new Where(name, problem.line(), problem.column()), problem.problem(), problem.remedy());
    } catch (IOException problem) {
      throw new LabFileException(
          new Where(name, 1, 1), "the file cannot be read", "name a file of netlabelctl lines");
    }
    return netLabel;
  }

  /** A new frame. */
  void begin(CapturedFrame frame) {
    outermost = null;
    maybeLoopback = true;
    ByteBuf data = frame.data();
    if (LinkType.of(frame.linkType()) == LinkType.ETHERNET && data.readableBytes() >= STATIONS) {
      maybeLoopback =
          data.getLong(data.readerIndex()) == 0 && data.getInt(data.readerIndex() + 8) == 0;
    }
  }

  /** Of the frame: the label of the outermost IP header that has one, or null. */
  @Nullable Label outermost() {
    return outermost;
  }

  /** Shows the label of a packet that begins with its IP header. */
  void show(ByteBuf packet, int depth, List<Layer> layers) {
    FoundLabel found =
        reader.read(packet, 0, packet.writerIndex(), maybeLoopback || ownAddresses(packet));
    if (found == null) {
      return;
    }
    Label label =
        new Label(
            found.kind().name().toLowerCase(Locale.ROOT),
            found.doi(),
            found.tag(),
            found.level(),
            found.categories(),
            found.sid(),
            found.valid(),
            found.errorPointer(),
            found.why());
    if (outermost == null) {
      outermost = label;
    }
    layers.add(new Layer(depth, label.kind(), words(found), null, label));
  }

  private static boolean ownAddresses(ByteBuf packet) {
    return packet.writerIndex() >= 20
        && packet.getUnsignedByte(0) >>> 4 == 4
        && (IpAddress.read(packet, 12, false).isLoopback()
            || IpAddress.read(packet, 16, false).isLoopback());
  }

  private static String words(FoundLabel label) {
    StringBuilder text = new StringBuilder();
    boolean ripso = label.kind() == FoundLabel.Kind.RIPSO;
    add(text, "doi", label.doi());
    add(text, ripso ? "format" : "tag", label.tag());
    Integer tag = label.tag();
    TagType type = tag == null || ripso ? null : TagType.of(tag);
    if (type != null) {
      text.append(" (").append(type.name().toLowerCase(Locale.ROOT).replace('_', ' ')).append(')');
    }
    Integer level = label.level();
    if (ripso && level != null) {
      text.append(new Ripso.Basic(level, label.categories()));
    } else {
      add(text, "level", level);
      if (level != null) {
        String categories =
            CategorySet.of(label.categories().stream().mapToInt(Integer::intValue).toArray())
                .toString();
        text.append(categories.isEmpty() ? " without categories" : " " + categories);
      }
    }
    add(text, "secid", label.sid());
    if (!label.valid()) {
      text.append(text.isEmpty() ? "" : ", ").append("not valid: ").append(label.why());
      Integer pointer = label.errorPointer();
      text.append(pointer == null ? "" : ", parameter problem at " + pointer);
    }
    return text.toString();
  }

  private static void add(StringBuilder text, String name, @Nullable Number value) {
    if (value != null) {
      text.append(text.isEmpty() ? "" : " ").append(name).append(' ').append(value);
    }
  }
}
