package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.labels.CategorySet;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/**
 * Finds the label option of any packet and says what is in it, also of one that no kernel would
 * take; for people who look at packets. Of several options of CIPSO or CALIPSO the first is decoded
 * and all are checked; CIPSO goes before RIPSO.
 */
public final class LabelReader {
  private final @Nullable NetLabel netLabel;
  private final CipsoOption cipso = new CipsoOption();
  private final CalipsoOption calipso = new CalipsoOption();

  /**
   * A reader.
   *
   * @param netLabel whose DOIs are the ones that are known; null to take any DOI for one that lists
   *     every tag the kernel knows and passes levels through
   */
  public LabelReader(@Nullable NetLabel netLabel) {
    this.netLabel = netLabel;
  }

  /**
   * The label of a packet, or null if it has none. The packet may be cut off.
   *
   * @param ip the absolute index of its IP header
   * @param length of what is there
   * @param loopback whether it may have come by the loopback device
   */
  public @Nullable FoundLabel read(ByteBuf data, int ip, int length, boolean loopback) {
    int version = length < 1 ? 0 : data.getUnsignedByte(ip) >>> 4;
    if (version == 4 && length >= Ipv4View.HEADER) {
      return ipv4(data, ip, Math.min(length, (data.getUnsignedByte(ip) & 15) * 4), loopback);
    }
    return version == 6 && length >= Ipv6View.HEADER ? ipv6(data, ip, length) : null;
  }

  private @Nullable FoundLabel ipv4(ByteBuf data, int ip, int header, boolean loopback) {
    FoundLabel found = null;
    FoundLabel ripso = null;
    int stop = ip + header;
    int at = ip + Ipv4View.HEADER;
    while (at < stop && data.getUnsignedByte(at) != 0) {
      int type = data.getUnsignedByte(at);
      if (type == 1) {
        at++;
        continue;
      }
      CipsoFault fault = cipso.wrap(data, at, stop - at);
      boolean whole = fault == null;
      if (type == CipsoOption.TYPE && found != null) {
        return found.valid() ? found.refused(at - ip, CipsoFault.SECOND_OPTION.sentence()) : found;
      }
      if (type == CipsoOption.TYPE) {
        found = cipso(fault == null ? validate(loopback) : fault, at - ip);
      } else if (ripso == null && (type == Ripso.BASIC || type == Ripso.EXTENDED)) {
        ripso = ripso(Ripso.parse(data, at, stop - at), at - ip);
      }
      if (!whole) {
        break;
      }
      at += cipso.length();
    }
    return found == null ? ripso : found;
  }

  private @Nullable CipsoFault validate(boolean loopback) {
    return netLabel == null
        ? cipso.validate(null, loopback, true)
        : cipso.validate(netLabel.dois(), loopback, netLabel.strictBitmap());
  }

  private FoundLabel cipso(@Nullable CipsoFault fault, int offset) {
    int doi = cipso.doi();
    int tag = cipso.tagType();
    int level = cipso.level();
    int sid = cipso.sid();
    return new FoundLabel(
        FoundLabel.Kind.CIPSO,
        cipso.length() < CipsoOption.HEADER ? null : Integer.toUnsignedLong(doi),
        tag < 0 ? null : tag,
        level < 0 ? null : level,
        list(cipso.categories()),
        tag == TagType.LOCAL.number() && sid != 0 ? sid : null,
        fault == null,
        fault == null ? null : offset + cipso.pointer(),
        fault == null ? null : fault.sentence());
  }

  private static List<Integer> list(CategorySet categories) {
    List<Integer> list = new ArrayList<>();
    for (int c = categories.next(0); c >= 0; c = categories.next(c + 1)) {
      list.add(c);
    }
    return list;
  }

  private static FoundLabel ripso(@Nullable Ripso option, int offset) {
    return switch (option) {
      case null ->
          new FoundLabel(
              FoundLabel.Kind.RIPSO,
              null,
              null,
              null,
              List.of(),
              null,
              false,
              offset,
              "the option is malformed");
      case Ripso.Basic basic ->
          new FoundLabel(
              FoundLabel.Kind.RIPSO,
              null,
              null,
              basic.classification(),
              basic.authorities(),
              null,
              true,
              null,
              null);
      case Ripso.Extended extended ->
          new FoundLabel(
              FoundLabel.Kind.RIPSO,
              null,
              extended.format(),
              null,
              List.of(),
              null,
              true,
              null,
              null);
    };
  }

  private @Nullable FoundLabel ipv6(ByteBuf data, int ip, int length) {
    int header = ip + Ipv6View.HEADER;
    if (data.getUnsignedByte(ip + 6) != IpProtocol.HOPOPT || length < Ipv6View.HEADER + 2) {
      return null;
    }
    int stop =
        header + Math.min(length - Ipv6View.HEADER, (data.getUnsignedByte(header + 1) + 1) * 8);
    FoundLabel found = null;
    int at = header + 2;
    while (at < stop) {
      int type = data.getUnsignedByte(at);
      if (type == 0) {
        at++;
        continue;
      }
      int size = at + 1 < stop ? data.getUnsignedByte(at + 1) + 2 : stop - at;
      if (type == CalipsoOption.TYPE) {
        calipso.wrap(data, at, stop - at);
        CalipsoFault fault = calipso.validate(netLabel == null ? null : netLabel.calipsoDois());
        if (found == null) {
          found = calipso(fault);
        } else if (found.valid() && fault != null) {
          found = broken(found, "a second option: " + fault.sentence());
        }
      }
      at += size;
    }
    return found;
  }

  private static FoundLabel broken(FoundLabel label, String why) {
    return new FoundLabel(
        label.kind(), label.doi(), null, label.level(), label.categories(), null, false, null, why);
  }

  private FoundLabel calipso(@Nullable CalipsoFault fault) {
    int level = calipso.level();
    return new FoundLabel(
        FoundLabel.Kind.CALIPSO,
        calipso.length() < 6 ? null : Integer.toUnsignedLong(calipso.doi()),
        null,
        level < 0 ? null : level,
        list(calipso.categories()),
        null,
        fault == null,
        null,
        fault == null ? null : fault.sentence());
  }
}
