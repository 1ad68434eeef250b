package org.larval.lab.ike;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.IkeStatus;
import org.larval.ike.message.Selector;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;
import org.larval.xfrm.State;

/** What there is, as data and as text. */
final class StatusReport {
  private StatusReport() {}

  static IkeReport of(List<IkeStatus> all, Tunnels tunnels) {
    List<IkeReport.Sa> sas = new ArrayList<>();
    HexFormat hex = HexFormat.of();
    for (IkeStatus one : all) {
      sas.add(
          new IkeReport.Sa(
              one.connection(),
              one.state(),
              hex.toHexDigits(one.initiatorSpi()),
              hex.toHexDigits(one.responderSpi()),
              one.initiator(),
              one.local().toString(),
              one.remote().toString(),
              one.localId(),
              one.remoteId(),
              one.suite(),
              one.children().stream().map(child -> child(child, tunnels)).toList()));
    }
    return new IkeReport(true, sas.isEmpty() ? "no IKE SA" : "", sas);
  }

  private static IkeReport.Child child(IkeStatus.Child child, Tunnels tunnels) {
    ChildParameters pair = child.parameters();
    State in = tunnels.half(pair, true);
    State out = tunnels.half(pair, false);
    HexFormat hex = HexFormat.of();
    return new IkeReport.Child(
        pair.child(),
        child.state(),
        pair.tunnel() ? "tunnel" : "transport",
        pair.encapsulated(),
        pair.suite().toString(),
        hex.toHexDigits(pair.inboundSpi()),
        hex.toHexDigits(pair.outboundSpi()),
        pair.localSelectors().stream().map(StatusReport::text).toList(),
        pair.remoteSelectors().stream().map(StatusReport::text).toList(),
        pair.label(),
        pair.reqid(),
        in == null ? null : in.packets(),
        in == null ? null : in.bytes(),
        out == null ? null : out.packets(),
        out == null ? null : out.bytes());
  }

  /** A range as swanctl prints it. */
  static String text(Selector.Range range) {
    List<Prefix> prefixes = SelectorCover.prefixes(range.first(), range.last());
    String where =
        prefixes.size() == 1 ? prefixes.getFirst().toString() : range.first() + "-" + range.last();
    boolean anyPort = range.firstPort() == 0 && range.lastPort() == 0xffff;
    if (range.protocol() == 0 && anyPort) {
      return where;
    }
    String ports =
        anyPort
            ? ""
            : range.firstPort() > range.lastPort()
                ? "/opaque"
                : range.firstPort() == range.lastPort()
                    ? "/" + range.firstPort()
                    : "/" + range.firstPort() + "-" + range.lastPort();
    return where
        + "["
        + (range.protocol() == 0 ? "any" : IpProtocol.name(range.protocol()))
        + ports
        + "]";
  }

  /** Lines for people. */
  static String text(IkeReport report) {
    StringBuilder text = new StringBuilder();
    if (!report.message().isEmpty()) {
      text.append(report.message()).append('\n');
    }
    for (IkeReport.Sa sa : report.sas()) {
      text.append(
          "%s: %s, %s_i%s %s_r%s%n"
              .formatted(
                  sa.connection().isEmpty() ? "(nobody yet)" : sa.connection(),
                  sa.state(),
                  sa.initiatorSpi(),
                  sa.initiator() ? "*" : "",
                  sa.responderSpi(),
                  sa.initiator() ? "" : "*"));
      text.append("  local  '%s' at %s%n".formatted(sa.localId(), sa.local()));
      text.append("  remote '%s' at %s%n".formatted(sa.remoteId(), sa.remote()));
      if (!sa.suite().isEmpty()) {
        text.append("  ").append(sa.suite()).append('\n');
      }
      for (IkeReport.Child child : sa.children()) {
        text.append(
            "  %s: %s, %s%s, %s%n"
                .formatted(
                    child.name(),
                    child.state(),
                    child.mode(),
                    child.encapsulated() ? " in UDP" : "",
                    child.suite()));
        text.append(
            "    in  %s%s%n".formatted(child.in(), count(child.packetsIn(), child.bytesIn())));
        text.append(
            "    out %s%s%n".formatted(child.out(), count(child.packetsOut(), child.bytesOut())));
        text.append(
            "    %s === %s%s%n"
                .formatted(
                    String.join(" ", child.localTs()),
                    String.join(" ", child.remoteTs()),
                    child.label() == null ? "" : " label " + child.label()));
      }
    }
    return text.toString();
  }

  private static String count(@Nullable Long packets, @Nullable Long bytes) {
    return packets == null || bytes == null
        ? ""
        : ", %d packets, %d bytes".formatted(packets, bytes);
  }
}
