package org.larval.secmark.conntrack;

import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

/**
 * One connection (nf_conn): the tuple of its first packet, and what is remembered of it. There is
 * no address translation, so the tuple of replies is the same with its ends exchanged.
 */
public final class Connection {
  final boolean v6;
  final long sourceHigh;
  final long sourceLow;
  final long targetHigh;
  final long targetLow;
  final int protocol;

  /** The source port; the identifier of an ICMP request. */
  final int sourceId;

  /** The destination port; type and code of an ICMP request. */
  final int targetId;

  final long hash;
  @Nullable Connection next;
  long expires;
  boolean confirmed;
  boolean dying;
  boolean seenReply;
  boolean assured;
  int mark;
  int secmark;

  /** For TCP; see {@link TcpTracking}. */
  int tcpState;

  final int[] ends = new int[2];
  final boolean[] unacknowledged = new boolean[2];
  boolean closeInitiated;
  int lastIndex;
  boolean lastReply;
  int lastSequence;
  int lastAcknowledgement;
  int lastEnd;
  int lastWindow = -1;
  int retransmissions;

  /** For UDP: from then on an answered exchange counts as a stream, in nanoseconds. */
  long streamFrom;

  Connection(Tuple tuple, long hash) {
    v6 = tuple.v6;
    sourceHigh = tuple.sourceHigh;
    sourceLow = tuple.sourceLow;
    targetHigh = tuple.targetHigh;
    targetLow = tuple.targetLow;
    protocol = tuple.protocol;
    sourceId = tuple.sourceId;
    targetId = tuple.targetId;
    this.hash = hash;
  }

  /** Whether the table would find it. */
  boolean stands(long now) {
    return confirmed && !dying && expires > now;
  }

  /** The label that CONNSECMARK saved: a SID, 0 for none. */
  public int secmark() {
    return secmark;
  }

  /** Saves a label. */
  public void secmark(int sid) {
    secmark = sid;
  }

  /** The connection's mark. */
  public int mark() {
    return mark;
  }

  /** Sets the connection's mark. */
  public void mark(int value) {
    mark = value;
  }

  /** The status bits that {@code ct status} sees (IPS_*). */
  public int status() {
    return (seenReply ? 2 : 0) | (assured ? 4 : 0) | (confirmed ? 8 : 0) | (dying ? 512 : 0);
  }

  /** Whether it is in the table. */
  public boolean confirmed() {
    return confirmed;
  }

  /** Whether it is safe from being dropped early. */
  public boolean assured() {
    return assured;
  }

  /** When it will be forgotten, in nanoseconds since the lab began. */
  public long expires() {
    return expires;
  }

  /** TCP's state; NONE for other protocols. */
  public TcpState tcpState() {
    return TcpState.at(tcpState);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(IpProtocol.name(protocol));
    if (protocol == IpProtocol.TCP) {
      text.append(' ').append(tcpState());
    }
    text.append(" src=").append(new IpAddress(v6, sourceHigh, sourceLow));
    text.append(" dst=").append(new IpAddress(v6, targetHigh, targetLow));
    if (protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6) {
      text.append(" type=").append(targetId >>> 8).append(" code=").append(targetId & 0xff);
      text.append(" id=").append(sourceId);
    } else if (sourceId != 0 || targetId != 0) {
      text.append(" sport=").append(sourceId).append(" dport=").append(targetId);
    }
    text.append(assured ? " [ASSURED]" : seenReply ? "" : " [UNREPLIED]");
    return text.append(" mark=").append(Integer.toUnsignedString(mark)).toString();
  }
}
