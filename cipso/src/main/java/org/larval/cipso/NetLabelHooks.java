package org.larval.cipso;

import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.Ipv4View;
import org.larval.wire.Ipv6View;

/**
 * {@link NetLabel} by what the hooks of a guest's SELinux ask of it (security/selinux/netlabel.c).
 * Sockets keep no options here: each packet is labelled by the SID of its socket and its
 * destination, which gives the same bytes. Nothing is allocated for a label that was seen before.
 */
public final class NetLabelHooks {
  /** No label where one is demanded, or one that means nothing: EACCES. */
  public static final int REFUSED = -1;

  private static final String LOOPBACK = "lo";

  /** Tells the sender of a packet that an octet of its IPv4 header is wrong. */
  @FunctionalInterface
  public interface Complaint {
    /**
     * Sends an ICMP Parameter Problem, type 12 and code 0.
     *
     * @param pointer the offset of the octet in the IP header, 20 to 59
     * @param about reader index at its IP header; it stays the caller's
     */
    void parameterProblem(long now, int pointer, Packet about, Effects out);
  }

  private final NetLabel netLabel;
  private final List<String> nics;
  private final Complaint complaint;
  private PeerLabel found = PeerLabel.OFF;
  private int sequence;

  /**
   * The hooks of one guest.
   *
   * @param nics the names of its NICs, by number
   */
  public NetLabelHooks(NetLabel netLabel, List<String> nics, Complaint complaint) {
    this.netLabel = netLabel;
    this.nics = List.copyOf(nics);
    this.complaint = complaint;
    sequence = netLabel.labels().sequence();
  }

  /** What lines of netlabelctl configure. */
  public NetLabel netLabel() {
    return netLabel;
  }

  private NetLabel current() {
    int now = netLabel.labels().sequence();
    if (now != sequence) {
      sequence = now;
      netLabel.policyReloaded();
    }
    return netLabel;
  }

  /** Whether there is anything that labels packets or reads labels (netlbl_enabled). */
  public boolean enabled() {
    return netLabel.enabled();
  }

  /**
   * Checks the options of a packet that came in, before it is routed; if not acceptable the packet
   * is dropped, over IPv4 with an answer. Asked whether or not NetLabel is enabled, as in Linux.
   *
   * @param packet reader index at a sound IP header
   */
  public boolean validate(long now, Packet packet, Effects out) {
    ByteBuf data = packet.buffer();
    int ip = data.readerIndex();
    if (!readable(data, ip)) {
      return true;
    }
    if (v6(data, ip)) {
      boolean fine = netLabel.checkIpv6(data, ip);
      if (!fine) {
        out.drop(packet, DropReason.CIPSO_REFUSED);
      }
      return fine;
    }
    int pointer = netLabel.checkIpv4(data, ip, packet.inPort < 0);
    if (pointer < 0) {
      return true;
    }
    boolean label =
        netLabel.fault() != CipsoFault.OPTION_LENGTH
            || data.getUnsignedByte(ip + pointer) == CipsoOption.TYPE;
    complaint.parameterProblem(now, pointer, packet, out);
    out.drop(packet, label ? DropReason.CIPSO_REFUSED : DropReason.MALFORMED);
    return false;
  }

  /**
   * The SID that a packet's option, or else its source's address, stands for; 0 for none, or {@link
   * #REFUSED}.
   */
  public int receive(Packet packet) {
    ByteBuf data = packet.buffer();
    int ip = header(packet);
    if (!readable(data, ip)) {
      found = PeerLabel.NONE;
      return 0;
    }
    int nic = packet.inPort;
    String device = nic >= 0 && nic < nics.size() ? nics.get(nic) : LOOPBACK;
    found = current().receive(data, ip, device);
    return found == PeerLabel.REFUSED ? REFUSED : netLabel.peerSid();
  }

  /** Whether what {@link #receive} last found was on the packet, not worked out from its source. */
  public boolean explicit() {
    return found.explicit();
  }

  /** Whether a packet carries a CIPSO option: only then is its sender told of a denial. */
  public boolean carriesCipso(Packet packet) {
    ByteBuf data = packet.buffer();
    int ip = header(packet);
    return readable(data, ip) && !v6(data, ip) && Ipv4Options.find(data, ip) >= 0;
  }

  /** The label option on a packet, for people; null if there is none. */
  public @Nullable FoundLabel found(Packet packet) {
    ByteBuf data = packet.buffer();
    int ip = header(packet);
    return new LabelReader(netLabel).read(data, ip, data.writerIndex() - ip, packet.inPort < 0);
  }

  /**
   * Whether a socket of this SID can be made (netlbl_sock_setattr): OK, or ENOENT, ENOSPC, EPERM.
   */
  public Errno create(int sid, boolean v6) {
    Labeling labeling = current().atSocket(sid, v6);
    return labeling instanceof Labeling.Refuse refuse ? refuse.errno() : Errno.OK;
  }

  /** The same for a socket of which nobody knows the family yet: one of them must do. */
  public Errno create(int sid) {
    Errno v4 = create(sid, false);
    return v4 == Errno.OK || create(sid, true) == Errno.OK ? Errno.OK : v4;
  }

  /** The same towards a destination (netlbl_conn_setattr). */
  public Errno connect(int sid, IpAddress target) {
    Labeling labeling = current().towards(sid, target.v6(), target.high(), target.low());
    return labeling instanceof Labeling.Refuse refuse ? refuse.errno() : Errno.OK;
  }

  /**
   * Bytes of IP header that the label of a flow's packets takes, 0 to 256: what segments of TCP are
   * smaller by.
   */
  public int bytes(FlowKey flow) {
    Labeling labeling = current().towards(flow.label, flow.v6, flow.targetHigh, flow.targetLow);
    return labeling instanceof Labeling.Attach attach ? attach.option().headerBytes() : 0;
  }

  /**
   * Puts the label of a SID on a packet for its destination, or takes one off. Anything but OK: the
   * packet is as it was and must be dropped.
   *
   * @param packet reader index at a sound IP header
   */
  public Errno label(Packet packet, int sid) {
    return current().stamp(sid, packet);
  }

  private static int header(Packet packet) {
    int network = packet.network();
    return network < 0 ? packet.buffer().readerIndex() : network;
  }

  private static boolean v6(ByteBuf data, int ip) {
    return data.getUnsignedByte(ip) >>> 4 == 6;
  }

  /** Whether the whole IPv4 header, or the fixed part of an IPv6 header, is there. */
  private static boolean readable(ByteBuf data, int ip) {
    int length = data.writerIndex() - ip;
    if (ip < 0 || length < Ipv4View.HEADER) {
      return false;
    }
    int first = data.getUnsignedByte(ip);
    int words = first & 15;
    return first >>> 4 == 4
        ? words * 4 >= Ipv4View.HEADER && words * 4 <= length
        : first >>> 4 == 6 && length >= Ipv6View.HEADER;
  }
}
