package org.larval.lab.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.larval.lab.report.RunReport.Balance;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.FlowLog;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.packet.StepAction;
import org.larval.packet.Trail;

/**
 * Follows every packet to its end, and every message of every flow. The lab's effects write the
 * ends of packets here; applications write through {@link FlowLog}.
 *
 * <p>It balances: packets born = delivered + absorbed + dropped by reason + held + under way.
 */
public final class Ledger implements FlowLog {
  /** A message later than its flow's fastest by more than this counts as late. */
  public static final long LATE = 30_000_000L;

  private final PacketPool pool;
  private final List<FlowAccount> flows = new ArrayList<>();
  private final long[] dropped = new long[DropReason.values().length];
  private long delivered;
  private long absorbed;
  private long leaked;
  private final Map<Integer, List<Trail>> trails = new TreeMap<>();
  private int followedFlow;
  private int followedSequence = -1;
  private @Nullable Balance balance;
  private @Nullable Arrivals arrivals;
  private Function<String, @Nullable String> denials = guest -> null;
  private IntFunction<String> contexts = Integer::toString;

  Ledger(PacketPool pool) {
    this.pool = pool;
  }

  FlowAccount open(String label, String from, String to, boolean answers) {
    FlowAccount flow = new FlowAccount(flows.size() + 1, label, from, to, answers);
    flows.add(flow);
    return flow;
  }

  /** Counts one flow's messages where their packets end, instead of where an application reads. */
  void countArrivals(Arrivals ofReplay) {
    arrivals = ofReplay;
  }

  private @Nullable Arrivals arrivals(Packet packet) {
    Arrivals replay = arrivals;
    return replay != null && replay.owns(packet) ? replay : null;
  }

  /** Keeps the trails of one flow's packets; sequence -1 for every message of it. */
  void follow(int flow, int sequence) {
    followedFlow = flow;
    followedSequence = sequence;
  }

  private @Nullable FlowAccount of(Packet packet) {
    Arrivals replay = arrivals;
    if (replay != null && replay.flow() == packet.flow && !replay.owns(packet)) {
      return null;
    }
    return packet.flow > 0 && packet.flow <= flows.size() ? flows.get(packet.flow - 1) : null;
  }

  private void end(Packet packet) {
    FlowAccount flow = of(packet);
    if (flow != null) {
      flow.held(packet.sequence, packet.heldNanos);
      if (packet.flow == followedFlow
          && (followedSequence < 0 || packet.sequence == followedSequence)) {
        Trail trail = packet.takeTrail();
        if (trail != null) {
          trails.computeIfAbsent(packet.sequence, s -> new ArrayList<>()).add(trail);
        }
      }
    }
  }

  /** The packet did what it was for. */
  void delivered(long now, String place, Packet packet) {
    packet.step(now, place, StepAction.DELIVERED, null);
    delivered++;
    Arrivals replay = arrivals(packet);
    if (replay != null) {
      replay.delivered(now, place, packet);
    }
    end(packet);
    packet.release();
  }

  /** The packet went into others. */
  void absorbed(long now, String place, Packet packet) {
    packet.step(now, place, StepAction.ABSORBED, null);
    absorbed++;
    Arrivals replay = arrivals(packet);
    if (replay != null) {
      replay.absorbed(now, place, packet);
    }
    end(packet);
    packet.release();
  }

  /** The packet was dropped. */
  void dropped(long now, String place, Packet packet, DropReason reason) {
    packet.step(now, place, StepAction.DROPPED, reason);
    dropped[reason.ordinal()]++;
    FlowAccount flow = of(packet);
    if (flow != null) {
      flow.dropped(packet.sequence, reason);
    }
    Arrivals replay = arrivals(packet);
    if (replay != null) {
      replay.dropped(now, place, packet, reason);
    }
    end(packet);
    packet.release();
  }

  /**
   * A packet leaves a guest in clear although a policy asked for protection, unless the way out
   * refuses it.
   */
  Errno leak(Packet packet, Function<Packet, Errno> wayOut) {
    FlowAccount flow = of(packet);
    int sequence = packet.sequence;
    packet.leaked = true;
    Errno answer = wayOut.apply(packet);
    if (answer == Errno.OK) {
      leaked++;
      if (flow != null) {
        flow.leak(sequence);
      }
    }
    return answer;
  }

  /** The packet stands in a hold queue at the end of the run. */
  void stillHeld(long now, Packet packet) {
    FlowAccount flow = of(packet);
    if (flow != null) {
      flow.inQueue(packet.sequence);
      flow.held(packet.sequence, packet.heldNanos + now - packet.heldSince);
    }
  }

  /** The run is over: what was born so far is accounted for now, before everything is dropped. */
  void closeBooks(long held) {
    Arrivals replay = arrivals;
    if (replay != null) {
      replay.close();
    }
    Map<String, Long> byReason = new LinkedHashMap<>();
    for (DropReason reason : DropReason.values()) {
      if (dropped(reason) > 0) {
        byReason.put(reason.label(), dropped(reason));
      }
    }
    long underWay = live() - held;
    long born = born();
    balance =
        new Balance(
            born,
            delivered,
            absorbed,
            dropped(),
            byReason,
            held,
            underWay,
            underWay >= 0 && born == delivered + absorbed + dropped() + held + underWay);
  }

  /** The balance at the end of the run. */
  public Balance balance() {
    Balance closed = balance;
    if (closed == null) {
      throw new IllegalStateException("the run is not over");
    }
    return closed;
  }

  @Override
  public void offered(long now, int flow, int sequence) {
    flow(flow).offered(now, sequence);
  }

  @Override
  public void refused(long now, int flow, int sequence, Errno errno) {
    flow(flow).refused(sequence, errno);
    denied(flow(flow), errno);
  }

  @Override
  public void asleep(long now, int flow, int sequence) {
    flow(flow).asleep(sequence);
  }

  @Override
  public void received(long now, int flow, int sequence) {
    Arrivals replay = arrivals;
    boolean counted = replay != null && replay.flow() == flow;
    if (!counted && flow > 0 && flow <= flows.size()) {
      flow(flow).received(now, sequence);
    }
  }

  @Override
  public void answered(long now, int flow, int sequence, long roundTripNanos) {
    flow(flow).answered(sequence, roundTripNanos);
  }

  @Override
  public void connected(long now, int flow, long nanosSinceCall, int synRetransmissions) {
    flow(flow).connected(nanosSinceCall, synRetransmissions);
  }

  @Override
  public void failed(long now, int flow, Errno errno) {
    flow(flow).failed(errno);
    denied(flow(flow), errno);
  }

  @Override
  public void died(long now, int flow, Errno errno) {
    flow(flow).died(errno);
  }

  /** Who can tell, by the name of the guest that called, why a call was answered EACCES. */
  void denials(Function<String, @Nullable String> who) {
    denials = who;
  }

  /** What SIDs stand for. */
  void contexts(IntFunction<String> of) {
    contexts = of;
  }

  @Override
  public void heard(int flow, int peer) {
    if (peer != 0 && flow > 0 && flow <= flows.size() && flow(flow).peer() == null) {
      flow(flow).heard(contexts.apply(peer));
    }
  }

  private void denied(FlowAccount account, Errno errno) {
    if (errno == Errno.EACCES && account.denial() == null) {
      account.denied(denials.apply(account.from()));
    }
  }

  @Override
  public void retransmitted(long now, int flow) {
    if (flow > 0) { // a connection from outside belongs to no flow
      flow(flow).retransmitted();
    }
  }

  /** The account of a flow, from 1. */
  public FlowAccount flow(int number) {
    return flows.get(number - 1);
  }

  /** All flows in the order of the lab file. */
  public List<FlowAccount> flows() {
    return Collections.unmodifiableList(flows);
  }

  /** The trails kept of one message, in the order in which its packets ended. */
  public List<Trail> trails(int sequence) {
    return trails.getOrDefault(sequence, List.of());
  }

  /** Packets ever made. */
  public long born() {
    return pool.born();
  }

  /** Packets that did what they were for. */
  public long delivered() {
    return delivered;
  }

  /** Packets that went into others: fragments and their datagrams. */
  public long absorbed() {
    return absorbed;
  }

  /** Packets dropped for a reason. */
  public long dropped(DropReason reason) {
    return dropped[reason.ordinal()];
  }

  /** Packets dropped for any reason. */
  public long dropped() {
    return Arrays.stream(dropped).sum();
  }

  /** Packets that left a guest in clear against a policy. */
  public long leaked() {
    return leaked;
  }

  /** Packets that have not ended: held or under way. */
  public long live() {
    return pool.live();
  }
}
