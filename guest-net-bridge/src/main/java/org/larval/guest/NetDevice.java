package org.larval.guest;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Packet;
import org.larval.packet.StepAction;
import org.larval.wire.EthernetView;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** One NIC as the stack sees it: its addresses, and the Ethernet header on the way out. */
final class NetDevice {
  final int index;
  final long mac;
  final int mtu;
  final List<Prefix> addresses;
  private final String place;

  NetDevice(String place, int index, GuestConfig.Nic nic) {
    this.place = place;
    this.index = index;
    mac = nic.mac().bits();
    mtu = nic.mtu();
    List<Prefix> all = new ArrayList<>(nic.addresses());
    if (all.stream().anyMatch(prefix -> prefix.address().v6())
        && all.stream().noneMatch(prefix -> prefix.address().isLinkLocal6())) {
      all.add(new Prefix(linkLocal(mac), 64));
    }
    addresses = List.copyOf(all);
  }

  /** fe80:: with the modified EUI-64 of an Ethernet address (RFC 4291 appendix A). */
  private static IpAddress linkLocal(long mac) {
    long eui = (mac >>> 24 << 40) | 0xff_fe00_0000L | (mac & 0xff_ffff);
    return IpAddress.ofV6(0xfe80L << 48, eui ^ 0x0200_0000_0000_0000L);
  }

  /**
   * The source address for a next hop: one whose prefix holds it, else the first of the same scope,
   * else the first of the family; null without any.
   */
  @Nullable IpAddress sourceFor(IpAddress nextHop) {
    IpAddress sameScope = null;
    IpAddress any = null;
    for (Prefix prefix : addresses) {
      IpAddress address = prefix.address();
      if (address.v6() != nextHop.v6()) {
        continue;
      }
      if (prefix.contains(nextHop)) {
        return address;
      }
      if (any == null) {
        any = address;
      }
      if (sameScope == null && address.isLinkLocal6() == linkScope(nextHop)) {
        sameScope = address;
      }
    }
    return sameScope == null ? any : sameScope;
  }

  /** The same, but never link-local for a target of wider scope if there is a choice. */
  @Nullable IpAddress sourceFor(IpAddress target, IpAddress nextHop) {
    boolean wide = nextHop.isLinkLocal6() && !linkScope(target);
    return sourceFor(wide ? target : nextHop);
  }

  private static boolean linkScope(IpAddress address) {
    return address.isLinkLocal6()
        || (address.v6() && address.isMulticast() && (address.high() >>> 48 & 15) == 2);
  }

  /** Puts the Ethernet header in front and sends. Reader index at the IP or ARP header. */
  void transmit(long now, long target, int type, Packet packet, Effects out) {
    packet.push(EthernetView.HEADER);
    ByteBuf data = packet.buffer();
    EthernetView.emit(data, data.readerIndex(), target, mac, type);
    packet.step(now, place, StepAction.NIC_OUT, null, index);
    out.send(index, packet);
  }
}
