package org.larval.lab.run;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;

/**
 * One flow's messages, each with its fate. Kept in parallel arrays by sequence number, so that
 * writing allocates nothing once they have grown.
 *
 * <p>A message was offered to a system call; then it was refused, or its caller sleeps, or it was
 * accepted. An accepted message was delivered, or it is held, or it was lost for a reason.
 */
public final class FlowAccount {
  /** What became of one message. */
  public enum Fate {
    /** The receiving application read it. */
    DELIVERED,
    /** The system call answered with an error. */
    REFUSED,
    /** The calling task still sleeps. */
    ASLEEP,
    /** It waits in a hold queue. */
    HELD,
    /** It was dropped, or is still on its way at the end. */
    LOST
  }

  private static final byte OFFERED = 0;
  private static final byte REFUSED = 1;
  private static final byte ASLEEP = 2;

  private final int number;
  private final String label;
  private final String from;
  private final String to;
  private final boolean answers;

  private long[] offeredAt = new long[64];
  private long[] receivedAt = new long[64];
  private long[] roundTrip = new long[64];
  private long[] held = new long[64];
  private byte[] state = new byte[64];
  private @Nullable Errno[] errno = new @Nullable Errno[64];
  private @Nullable DropReason[] reason = new @Nullable DropReason[64];
  private boolean[] leaked = new boolean[64];
  private boolean[] inQueue = new boolean[64];
  private int offered;

  private int duplicates;
  private int reordered;
  private int lastSequence = -1;
  private long connectedAfter = -1;
  private int synRetransmissions;
  private int retransmissions;
  private @Nullable Errno failure;
  private @Nullable Errno death;
  private @Nullable String denial;
  private @Nullable String serverDenial;
  private @Nullable String peer;

  FlowAccount(int number, String label, String from, String to, boolean answers) {
    this.number = number;
    this.label = label;
    this.from = from;
    this.to = to;
    this.answers = answers;
  }

  private void reach(int sequence) {
    if (sequence >= offeredAt.length) {
      int capacity = Math.max(sequence + 1, offeredAt.length * 2);
      offeredAt = Arrays.copyOf(offeredAt, capacity);
      receivedAt = Arrays.copyOf(receivedAt, capacity);
      roundTrip = Arrays.copyOf(roundTrip, capacity);
      held = Arrays.copyOf(held, capacity);
      state = Arrays.copyOf(state, capacity);
      errno = Arrays.copyOf(errno, capacity);
      reason = Arrays.copyOf(reason, capacity);
      leaked = Arrays.copyOf(leaked, capacity);
      inQueue = Arrays.copyOf(inQueue, capacity);
    }
    for (; offered <= sequence; offered++) {
      receivedAt[offered] = -1;
      roundTrip[offered] = -1;
    }
  }

  void offered(long now, int sequence) {
    boolean again = sequence < offered;
    reach(sequence);
    if (!again) {
      offeredAt[sequence] = now;
    }
    state[sequence] = OFFERED;
  }

  void refused(int sequence, Errno why) {
    reach(sequence);
    state[sequence] = REFUSED;
    errno[sequence] = why;
  }

  void asleep(int sequence) {
    reach(sequence);
    state[sequence] = ASLEEP;
  }

  void received(long now, int sequence) {
    reach(sequence);
    if (receivedAt[sequence] >= 0) {
      duplicates++;
    } else {
      receivedAt[sequence] = now;
    }
    if (sequence < lastSequence) {
      reordered++;
    }
    lastSequence = sequence;
  }

  /** As a part of something larger, which has a number of its own. */
  void receivedInside(long now, int sequence) {
    reach(sequence);
    if (receivedAt[sequence] < 0) {
      receivedAt[sequence] = now;
    }
  }

  void answered(int sequence, long nanos) {
    reach(sequence);
    if (roundTrip[sequence] < 0) {
      roundTrip[sequence] = nanos;
    }
  }

  void dropped(int sequence, DropReason why) {
    if (sequence >= 0 && sequence < offered) {
      reason[sequence] = why;
      if (state[sequence] == ASLEEP) {
        state[sequence] = OFFERED; // it woke and its packet was made
      }
    }
  }

  void held(int sequence, long nanos) {
    if (sequence >= 0 && sequence < offered) {
      held[sequence] = Math.max(held[sequence], nanos);
    }
  }

  void inQueue(int sequence) {
    if (sequence >= 0 && sequence < offered) {
      inQueue[sequence] = true;
    }
  }

  void leak(int sequence) {
    if (sequence >= 0 && sequence < offered) {
      leaked[sequence] = true;
    }
  }

  void connected(long nanos, int retries) {
    connectedAfter = nanos;
    synRetransmissions = retries;
  }

  void failed(Errno why) {
    failure = why;
  }

  void died(Errno why) {
    death = why;
  }

  /** Why a call of the program that sends was answered EACCES; the first time counts. */
  void denied(@Nullable String why) {
    if (denial == null) {
      denial = why;
    }
  }

  /** The same of the program that serves. */
  void serverDenied(@Nullable String why) {
    serverDenial = why;
  }

  /** Whom the program that serves takes for the sender; the first time counts. */
  void heard(String context) {
    if (peer == null) {
      peer = context;
    }
  }

  /** The context that the program that serves saw (SO_PEERSEC, SCM_SECURITY), or null. */
  public @Nullable String peer() {
    return peer;
  }

  void retransmitted() {
    retransmissions++;
  }

  /** From 1, as in the lab file. */
  public int number() {
    return number;
  }

  /** The kind of traffic. */
  public String label() {
    return label;
  }

  /** The sending guest. */
  public String from() {
    return from;
  }

  /** The receiving guest. */
  public String to() {
    return to;
  }

  /** Whether a message counts as delivered when its answer came back. */
  public boolean answers() {
    return answers;
  }

  /** How many messages were offered to system calls. */
  public int offered() {
    return offered;
  }

  /** What became of message {@code sequence}. For ping and the like: of request and answer. */
  public Fate fate(int sequence) {
    if (state[sequence] == REFUSED) {
      return Fate.REFUSED;
    }
    if (arrived(sequence)) {
      return Fate.DELIVERED;
    }
    if (inQueue[sequence]) {
      return Fate.HELD;
    }
    return state[sequence] == ASLEEP ? Fate.ASLEEP : Fate.LOST;
  }

  private boolean arrived(int sequence) {
    return answers ? roundTrip[sequence] >= 0 : receivedAt[sequence] >= 0;
  }

  /** How many messages have a fate. */
  public int count(Fate fate) {
    int count = 0;
    for (int i = 0; i < offered; i++) {
      if (fate(i) == fate) {
        count++;
      }
    }
    return count;
  }

  /** When message {@code sequence} was offered, in nanoseconds since the lab began. */
  public long offeredAt(int sequence) {
    return offeredAt[sequence];
  }

  /** From the call to the first arrival (or the answer), or -1. */
  public long latency(int sequence) {
    if (answers) {
      return roundTrip[sequence];
    }
    return receivedAt[sequence] < 0 ? -1 : receivedAt[sequence] - offeredAt[sequence];
  }

  /** Nanoseconds that message {@code sequence} spent in hold queues. */
  public long heldNanos(int sequence) {
    return held[sequence];
  }

  /** Why the last packet of message {@code sequence} was dropped, or null. */
  public @Nullable DropReason reason(int sequence) {
    return reason[sequence];
  }

  /** What the system call answered for message {@code sequence}, or null. */
  public @Nullable Errno errno(int sequence) {
    return errno[sequence];
  }

  /** Whether message {@code sequence} left a guest in clear against a policy. */
  public boolean leaked(int sequence) {
    return leaked[sequence];
  }

  /** How many messages left in clear against a policy. */
  public int leaked() {
    int count = 0;
    for (int i = 0; i < offered; i++) {
      if (leaked[i]) {
        count++;
      }
    }
    return count;
  }

  /** How many delivered messages arrived later than the flow's fastest by more than a margin. */
  public int late(long margin) {
    long fastest = Long.MAX_VALUE;
    for (int i = 0; i < offered; i++) {
      if (latency(i) >= 0) {
        fastest = Math.min(fastest, latency(i));
      }
    }
    int late = 0;
    for (int i = 0; i < offered; i++) {
      if (latency(i) >= 0 && latency(i) > fastest + margin) {
        late++;
      }
    }
    return late;
  }

  /** How many messages waited in a hold queue, released or not. */
  public int everHeld() {
    int count = 0;
    for (int i = 0; i < offered; i++) {
      if (held[i] > 0 || inQueue[i]) {
        count++;
      }
    }
    return count;
  }

  /** Lost messages by reason; null reasons (still on their way) are not among them. */
  public Map<DropReason, Integer> lostByReason() {
    Map<DropReason, Integer> counts = new EnumMap<>(DropReason.class);
    for (int i = 0; i < offered; i++) {
      DropReason why = reason[i];
      if (fate(i) == Fate.LOST && why != null) {
        counts.merge(why, 1, Integer::sum);
      }
    }
    return counts;
  }

  /** Refused messages by errno. */
  public Map<Errno, Integer> refusedByErrno() {
    Map<Errno, Integer> counts = new EnumMap<>(Errno.class);
    for (int i = 0; i < offered; i++) {
      Errno why = errno[i];
      if (state[i] == REFUSED && why != null) {
        counts.merge(why, 1, Integer::sum);
      }
    }
    return counts;
  }

  /** The latencies of all delivered messages, ascending, in nanoseconds. */
  public long[] latencies() {
    long[] all = new long[offered];
    int count = 0;
    for (int i = 0; i < offered; i++) {
      if (fate(i) == Fate.DELIVERED) {
        all[count++] = latency(i);
      }
    }
    long[] sorted = Arrays.copyOf(all, count);
    Arrays.sort(sorted);
    return sorted;
  }

  /** Arrivals after the first of the same message. */
  public int duplicates() {
    return duplicates;
  }

  /** Arrivals with a smaller number than the arrival before. */
  public int reordered() {
    return reordered;
  }

  /** From connect() to the established connection, or -1. */
  public long connectedAfter() {
    return connectedAfter;
  }

  /** SYNs sent again before the connection stood. */
  public int synRetransmissions() {
    return synRetransmissions;
  }

  /** All segments sent again. */
  public int retransmissions() {
    return retransmissions;
  }

  /** Why the connection failed, or null. */
  public @Nullable Errno failure() {
    return failure;
  }

  /** Why labels do not let the program that sends make a system call, or null. */
  public @Nullable String denial() {
    return denial;
  }

  /** Why labels do not let the program that serves make one, or null. */
  public @Nullable String serverDenial() {
    return serverDenial;
  }

  /** The errno that the application died of, or null. */
  public @Nullable Errno death() {
    return death;
  }
}
