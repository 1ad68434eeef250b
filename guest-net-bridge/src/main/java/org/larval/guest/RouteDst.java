package org.larval.guest;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.EthernetView;
import org.larval.wire.IpAddress;
import org.larval.wire.Ipv4View;

/**
 * A plain route to one destination: POSTROUTING, fragments, the neighbour, the NIC (ip_output,
 * ip6_output); or the way back into this guest.
 */
final class RouteDst implements Dst {
  /** The MTU of the loopback device. */
  static final int LOOPBACK_MTU = 65_535;

  private final GuestStack stack;
  private final int generation;
  private final boolean local;

  /** The MAC of a broadcast or multicast target, or -1 for a neighbour that must be resolved. */
  private final long groupMac;

  final @Nullable NetDevice device;
  final IpAddress target;
  final IpAddress nextHop;
  private @Nullable Neighbour neighbour;
  private int mtu;
  private int mtuGeneration;

  /** The way into this guest itself. */
  RouteDst(GuestStack stack, int generation, IpAddress target) {
    this.stack = stack;
    this.generation = generation;
    this.target = target;
    nextHop = target;
    device = null;
    local = true;
    groupMac = -1;
    mtu = LOOPBACK_MTU;
  }

  /** The way to a neighbour or group on a link. */
  RouteDst(
      GuestStack stack,
      int generation,
      IpAddress target,
      NetDevice device,
      IpAddress nextHop,
      long groupMac) {
    this.stack = stack;
    this.generation = generation;
    this.target = target;
    this.device = device;
    this.nextHop = nextHop;
    this.groupMac = groupMac;
    local = false;
    mtu = device.mtu;
    mtuGeneration = -1;
  }

  boolean local() {
    return local;
  }

  @Override
  public Errno error() {
    return Errno.OK;
  }

  @Override
  public int device() {
    return device == null ? 0 : device.index + 1;
  }

  @Override
  public boolean valid() {
    return generation == stack.routes.generation();
  }

  @Override
  public int mtu() {
    NetDevice link = device;
    int now = stack.pathMtus.generation();
    if (link != null && mtuGeneration != now) {
      mtuGeneration = now;
      mtu = stack.pathMtus.mtu(target, link.mtu);
    }
    return mtu;
  }

  @Override
  public Errno output(long now, Packet packet, Effects out) {
    return output(now, packet, LOOPBACK_MTU, out);
  }

  /** The same; if it must be cut, no fragment is larger than {@code largestFragment} bytes. */
  Errno output(long now, Packet packet, int largestFragment, Effects out) {
    packet.outPort = device() - 1;
    int leavesBy = device == null ? -1 : device.index;
    if (!stack.gates.postrouting(now, packet, leavesBy, false, out)) {
      return stack.gates.refusal();
    }
    if (local) {
      return stack.loopback.take(now, packet, out);
    }
    if (packet.length() <= mtu()) {
      return transmit(now, packet, out);
    }
    ByteBuf data = packet.buffer();
    int at = data.readerIndex();
    boolean v4 = data.getUnsignedByte(at) >>> 4 == 4;
    if (v4 && (data.getUnsignedShort(at + 6) & Ipv4View.DONT_FRAGMENT) != 0) {
      out.drop(packet, DropReason.FRAGMENTATION_NEEDED);
      return Errno.EMSGSIZE;
    }
    return stack.fragmenter.cut(now, packet, Math.min(mtu(), largestFragment), this::transmit, out);
  }

  /** Begins to resolve the next hop, without a packet for it. */
  void solicit(long now, Effects out) {
    NetDevice link = device;
    if (link != null && groupMac < 0) {
      Neighbour next = stack.neighbours.get(link, nextHop);
      if (next != null) {
        next.solicit(now, out);
      }
    }
  }

  /** Gives a packet that fits the link to the neighbour. */
  Errno transmit(long now, Packet packet, Effects out) {
    NetDevice link = device;
    if (link == null) {
      throw new IllegalStateException("the loopback has no link");
    }
    if (groupMac >= 0) {
      int type = target.v6() ? EthernetView.TYPE_IPV6 : EthernetView.TYPE_IPV4;
      link.transmit(now, groupMac, type, packet, out);
      return Errno.OK;
    }
    Neighbour next = neighbour;
    if (next == null || next.forgotten()) {
      next = stack.neighbours.get(link, nextHop);
      neighbour = next;
    }
    if (next == null) {
      out.drop(packet, DropReason.NEIGHBOUR_QUEUE_FULL);
      return Errno.ENOBUFS;
    }
    return next.output(now, packet, out);
  }
}
