package org.larval.lab.show;

import io.netty.buffer.ByteBuf;
import java.util.List;
import org.larval.lab.show.ShowReport.Layer;
import org.larval.pcap.CapturedFrame;
import org.larval.pcap.LinkType;
import org.larval.wire.ArpView;
import org.larval.wire.EthernetView;
import org.larval.wire.MacAddress;
import org.larval.wire.Malformed;

/** What stands before IP, or instead of it. */
final class LinkLayer {
  private LinkLayer() {}

  static void words(CapturedFrame frame, List<Layer> layers) {
    ByteBuf data = frame.data();
    int at = data.readerIndex();
    int length = data.readableBytes();
    if (LinkType.of(frame.linkType()) != LinkType.ETHERNET) {
      if (frame.packetOffset() < 0) {
        add(layers, LinkType.name(frame.linkType()), length + " bytes without an IP packet");
      }
      return;
    }
    EthernetView ethernet = new EthernetView();
    Malformed why = ethernet.wrap(data, at, length);
    if (why != null) {
      add(layers, "ethernet", length + " bytes, malformed: " + why.sentence());
      return;
    }
    String text =
        new MacAddress(ethernet.source())
            + " > "
            + new MacAddress(ethernet.target())
            + (ethernet.vlan() < 0 ? "" : ", vlan " + ethernet.vlan());
    int type = ethernet.type();
    if (type == EthernetView.TYPE_ARP) {
      add(layers, "ethernet", text);
      add(layers, "arp", arp(data, ethernet));
    } else if (frame.packetOffset() >= 0) {
      add(layers, "ethernet", text);
    } else {
      add(layers, "ethernet", text + ", type 0x%04x, %d bytes".formatted(type, length));
    }
  }

  private static String arp(ByteBuf data, EthernetView ethernet) {
    ArpView arp = new ArpView();
    Malformed why = arp.wrap(data, ethernet.payload(), ethernet.payloadLength());
    if (why != null) {
      return "malformed: " + why.sentence();
    }
    return switch (arp.operation()) {
      case ArpView.REQUEST -> "who has " + arp.targetIp() + ", tell " + arp.senderIp();
      case ArpView.REPLY -> arp.senderIp() + " is at " + new MacAddress(arp.senderMac());
      default -> "operation " + arp.operation();
    };
  }

  private static void add(List<Layer> layers, String name, String text) {
    layers.add(new Layer(0, name, text, null));
  }
}
