package org.larval.guest.tcp;

import org.jspecify.annotations.Nullable;
import org.larval.guest.Dst;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.wire.IpAddress;

/**
 * The transmission control block (RFC 9293 3.3.1): what one connection knows. {@link TcpInput},
 * {@link TcpOutput} and {@link TcpTimers} work on it; names of variables follow the RFC where it
 * has one (SND.UNA is {@code sndUna}) and Linux elsewhere.
 */
final class TcpConnection {
  static final long NEVER = Long.MAX_VALUE;

  /** TCP_MSS_DEFAULT: what a peer takes that sent no MSS option (RFC 9293 3.7.1). */
  static final int DEFAULT_MSS = 536;

  /** TCP_MIN_SND_MSS. */
  static final int MIN_MSS = 48;

  /** TCP_MAX_QUICKACKS. */
  static final int QUICK_ACKS = 16;

  // Who
  final long number;
  final TcpSocket socket;
  final TcpSettings settings;
  final IpAddress local;
  final IpAddress remote;

  /** From here to the peer, with label and mark: what is routed and what selectors see. */
  final FlowKey flow;

  /** The listener that this came from, or null for one that we opened. */
  final @Nullable TcpListener parent;

  TcpState state = TcpState.CLOSED;

  /** The cached route. Null means that the next segment looks one up. */
  @Nullable Dst dst;

  /** The smallest path MTU that an ICMP error told, or no bound. */
  int pathMtu = Integer.MAX_VALUE;

  /** What the next fatal timeout reports instead of ETIMEDOUT (sk_err_soft). */
  Errno softError = Errno.OK;

  // Sending
  final ByteRing sendRing = new ByteRing();
  final SegmentQueue unacked = new SegmentQueue();
  final RoundTrip roundTrip = new RoundTrip();
  final Congestion congestion = new Congestion();
  int iss;
  int sndUna;
  int sndNxt;
  int sndWl1;
  int sndWl2;

  /** SND.WND, scaled. */
  int sndWnd;

  /** The largest window that the peer ever offered. */
  int maxWindow;

  int sndScale;
  int peerMss = DEFAULT_MSS;

  /** The sequence number after the last byte that the application handed over. */
  int sendEnd;

  boolean finQueued;
  boolean finSent;
  int duplicateAcks;

  // Receiving
  final ReceiveBuffer received = new ReceiveBuffer();
  int irs;

  /** RCV.NXT at the time of our last acknowledgement (rcv_wup). */
  int rcvWup;

  /** The window of our last acknowledgement, in bytes. */
  int rcvWnd;

  int rcvScale;

  /** Whether the peer's SYN offered window scaling. */
  boolean peerScales;

  boolean finReceived;

  /** Whether a FIN waits beyond a gap, and where. */
  boolean finAhead;

  int finAheadAt;

  /** The estimate of the peer's segment size (rcv_mss). */
  int rcvMss = DEFAULT_MSS;

  boolean ackPending;
  boolean ackPushed;
  int quickAcks;

  /** Acknowledgements ride on answers: an interactive session (pingpong mode). */
  boolean interactive;

  /** When data last arrived; negative for never. */
  long lastReceived = -1;

  long lastInvalid = Long.MIN_VALUE;

  // Timers, absolute, NEVER when not armed
  long retransmitAt = NEVER;
  long probeAt = NEVER;
  long ackAt = NEVER;
  long endAt = NEVER;

  /** Timeouts in a row, whether or not something left (icsk_retransmits). */
  int timeouts;

  /** Doublings of the timer in a row; shared by retransmissions and probes, as in Linux. */
  int backoff;

  int probes;

  /** Since when nothing new was acknowledged, for the model of how long to try. */
  long stuckSince = -1;

  // What the application is told
  final long openedAt;
  int synRetransmissions;
  int retransmissions;
  boolean nonblocking;
  boolean wantsWritable;

  /** The application will not read any more. */
  boolean orphan;

  /** RCV.NXT when the application was last woken to read. */
  int toldUpTo;

  /** Whether it was woken for the end of the stream. */
  boolean endTold;

  /** Both sides closed in order, and the application must hear of it. */
  boolean endedInOrder;

  /** The terminal callback was made, or must not be. */
  boolean told;

  // Places in the layer's structures
  @Nullable TcpConnection nextInBucket;
  int heapIndex = -1;
  long queuedFor = NEVER;

  TcpConnection(
      long number,
      TcpSocket socket,
      TcpSettings settings,
      IpAddress local,
      IpAddress remote,
      FlowKey flow,
      @Nullable TcpListener parent,
      long now) {
    this.number = number;
    this.socket = socket;
    this.settings = settings;
    this.local = local;
    this.remote = remote;
    this.flow = flow;
    this.parent = parent;
    this.openedAt = now;
  }

  /** Sets the initial send sequence number. */
  void beginSending(int initial) {
    iss = initial;
    sndUna = initial;
    sndNxt = initial;
    sendEnd = initial + 1;
  }

  /** Whether a listener made it and its handshake is not over: Linux's request socket. */
  boolean request() {
    return parent != null && state == TcpState.SYN_RECEIVED;
  }

  /** RCV.NXT. */
  int rcvNxt() {
    return finReceived ? received.next() + 1 : received.next();
  }

  /** Bytes of IP and TCP header without options. */
  int headers() {
    return (flow.v6 ? 60 : 40) + socket.ipOptionBytes;
  }

  /** The data that one segment may carry on this path: Eff.snd.MSS. */
  int mss(Dst path) {
    int fits = Math.min(path.mtu(), pathMtu) - headers();
    return Math.max(MIN_MSS, Math.min(peerMss, fits));
  }

  /** Equal for every transmission of one segment, never 0. */
  long key(int sequence) {
    return number << 32 | sequence & 0xffff_ffffL;
  }

  /** Segments taken to be in the network (tcp_packets_in_flight). */
  int inFlight() {
    return Math.max(0, unacked.size() - unacked.lost() - duplicateAcks + unacked.retransmitted());
  }

  /** Data, or a FIN, that was never sent. */
  boolean unsent() {
    return sendEnd - sndNxt > 0 || finQueued && !finSent;
  }

  /** Free room of the send buffer, in bytes. */
  int sendRoom() {
    return Math.max(0, settings.sendBuffer() - (sendEnd - sndUna));
  }

  /** What is left of the window that we announced (tcp_receive_window). */
  int windowLeft() {
    return Math.max(0, rcvWup + rcvWnd - rcvNxt());
  }

  /**
   * The window to announce now, in bytes: never less than what is left of the last one, and more
   * only when it is worth it (RFC 9293 3.8.6.2.2).
   */
  int window() {
    int limit = settings.receiveBuffer();
    int free = Math.max(0, limit - received.available());
    if (free < Math.min(limit / 2, rcvMss)) {
      free = 0;
    }
    int unit = 1 << rcvScale;
    int fresh = free & -unit;
    int left = windowLeft();
    int most = 65535 << rcvScale;
    return Math.min(most, fresh >= left ? fresh : left + unit - 1 & -unit);
  }

  /** The earliest of its deadlines. */
  long deadline() {
    return Math.min(Math.min(retransmitAt, probeAt), Math.min(ackAt, endAt));
  }

  /** Stops all timers. */
  void disarm() {
    retransmitAt = NEVER;
    probeAt = NEVER;
    ackAt = NEVER;
    endAt = NEVER;
  }

  /** Arms the retransmission timer anew. */
  void armRetransmit(long now) {
    retransmitAt = settings.jiffies().fires(now, roundTrip.timeout());
  }

  /** Gives back the memory that only a living connection needs. */
  void free() {
    unacked.free();
    sendRing.free();
    received.free();
    duplicateAcks = 0;
    dst = null;
  }

  @Override
  public String toString() {
    return state + " " + flow;
  }
}
