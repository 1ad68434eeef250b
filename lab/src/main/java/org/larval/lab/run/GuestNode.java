package org.larval.lab.run;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.larval.guest.GuestStack;
import org.larval.guest.tcp.TcpLayer;
import org.larval.lab.file.LabFile;
import org.larval.lab.report.NicsReport;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.Timeline;
import org.larval.labels.Sids;
import org.larval.nic.Doorbell;
import org.larval.nic.NicCounters;
import org.larval.nic.RingFault;
import org.larval.nic.VirtualNic;
import org.larval.packet.DropReason;
import org.larval.packet.Errno;
import org.larval.packet.Event;
import org.larval.packet.Packet;
import org.larval.pcap.FrameDirection;
import org.larval.wire.EthernetView;
import org.larval.xfrm.Bundle;
import org.larval.xfrm.Encap;
import org.larval.xfrm.State;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.transform.IpsecTransform;

/**
 * One guest with its rooms: NICs, stack, TCP, xfrm engine. It gives each room its way out, and
 * rings them all from one alarm.
 *
 * <pre>
 *   street --> NIC ring --> stack <--> TCP, applications
 *                             |  ^
 *                             v  |
 *                            xfrm engine --> acquires --> key manager
 * </pre>
 */
final class GuestNode {
  private static final int BUDGET = 64;

  private final LabFile.Guest file;
  private final Timeline timeline;
  private final Ledger ledger;
  private final HeldSeries held;
  private final int sid;
  private final @Nullable Administrator administrator;
  private final List<VirtualNic> nics = new ArrayList<>();
  private final List<Captures.Port> wirePorts = new ArrayList<>();
  private Captures.@Nullable Port clearPort;
  private CaptureNotes notes = new CaptureNotes(new Sids());
  private final Alarm alarm;
  private final RoomEffects stackEffects;
  private final RoomEffects xfrmEffects;
  private final RoomEffects protectedEffects;
  private final RoomEffects openedEffects;
  private @Nullable Parts parts;
  private boolean received;
  private boolean ended;
  private int lastHeld;
  private int largest = Integer.MAX_VALUE;

  /** What stands only when everything is put together. */
  record Parts(
      GuestStack stack,
      TcpLayer tcp,
      XfrmEngine xfrm,
      XfrmEvents events,
      Supplier<@Nullable String> denial) {}

  /** Who hears what the xfrm engine announces. */
  @FunctionalInterface
  interface XfrmEvents {
    void onEvent(long now, GuestNode guest, Event event);
  }

  GuestNode(
      LabFile.Guest file,
      int sid,
      @Nullable Administrator administrator,
      Timeline timeline,
      Ledger ledger,
      HeldSeries held) {
    this.file = file;
    this.sid = sid;
    this.administrator = administrator;
    this.timeline = timeline;
    this.ledger = ledger;
    this.held = held;
    alarm = timeline.alarm(this::ring);
    stackEffects = new StackEffects();
    xfrmEffects = new ReleasedEffects();
    protectedEffects = new ProtectedEffects();
    openedEffects = new OpenedEffects();
  }

  void assemble(Parts together) {
    parts = together;
    rearm();
  }

  private Parts parts() {
    Parts together = parts;
    if (together == null) {
      throw new IllegalStateException(name() + " is not assembled");
    }
    return together;
  }

  String name() {
    return file.name();
  }

  LabFile.Guest file() {
    return file;
  }

  /** SID of its sockets. */
  int sid() {
    return sid;
  }

  /** Who loads its rules, policies and SAs; null if nobody asks. */
  @Nullable Administrator administrator() {
    return administrator;
  }

  GuestStack stack() {
    return parts().stack();
  }

  TcpLayer tcp() {
    return parts().tcp();
  }

  XfrmEngine xfrm() {
    return parts().xfrm();
  }

  /** Why the last call that labels stopped was answered EACCES; null if none was. */
  @Nullable String denial() {
    return parts().denial().get();
  }

  RoomEffects effects() {
    return stackEffects;
  }

  RoomEffects xfrmEffects() {
    return xfrmEffects;
  }

  RoomEffects openedEffects() {
    return openedEffects;
  }

  // --- the NICs ---

  /** Rings when the street has put something into a ring. */
  Doorbell doorbell() {
    return () -> {
      received = true;
      timeline.ringSoon(alarm);
    };
  }

  int nics() {
    return nics.size();
  }

  void plug(VirtualNic nic) {
    nics.add(nic);
  }

  /** How its NICs stand. */
  List<NicsReport.Nic> standing() {
    List<NicsReport.Nic> all = new ArrayList<>();
    for (int i = 0; i < nics.size(); i++) {
      LabFile.Nic nic = file.nics().get(i);
      String joined = file.netfile() == null ? "in process" : "netfile " + file.netfile();
      all.add(NicTable.row(name(), nic.name(), joined, nics.get(i).lab()));
    }
    return all;
  }

  /** What its first NIC counted, at its own end. */
  NicCounters counters() {
    return nics.getFirst().guest().counters();
  }

  /** Which rule the ring of its first NIC broke, or null. */
  @Nullable RingFault fault() {
    return nics.getFirst().fault();
  }

  void capture(
      Captures.@Nullable Port clear, List<Captures.Port> wires, CaptureNotes captureNotes) {
    notes = captureNotes;
    clearPort = clear;
    wirePorts.addAll(wires);
  }

  /** A frame from the street: nothing of the sender's own notes crosses a wire. */
  private final class StackEffects extends RoomEffects {
    StackEffects() {
      super(GuestNode.this.timeline, GuestNode.this.ledger, file.name());
    }

    @Override
    public void forward(Packet packet) {
      long now = timeline.now();
      packet.label = 0;
      packet.secmark = 0;
      packet.mark = 0;
      packet.segment = 0;
      packet.noXfrm = false;
      packet.clearTransforms();
      captureWire(now, packet.inPort, packet, FrameDirection.INBOUND);
      stack().onFrame(now, packet.inPort, packet, this);
    }

    @Override
    public void send(int port, Packet packet) {
      long now = timeline.now();
      captureWire(now, port, packet, FrameDirection.OUTBOUND);
      nics.get(port).guest().transmit(now, packet, this);
    }
  }

  private void captureWire(long now, int nic, Packet packet, FrameDirection direction) {
    if (!wirePorts.isEmpty()) {
      boolean outward = direction == FrameDirection.OUTBOUND;
      String note = outward ? notes.sent(packet) : notes.received(packet, peer(packet));
      wirePorts.get(nic).write(now, packet.buffer(), direction, note);
    }
  }

  void captureClear(long now, Packet packet, boolean outward) {
    Captures.Port port = clearPort;
    if (port != null) {
      port.write(
          now,
          packet.buffer(),
          outward ? FrameDirection.OUTBOUND : FrameDirection.INBOUND,
          outward ? notes.sent(packet) : notes.received(packet, packet.label));
    }
  }

  /** Whom SELinux takes for the sender of a frame that just came in. */
  private int peer(Packet packet) {
    ByteBuf frame = packet.buffer();
    int start = frame.readerIndex();
    if (frame.readableBytes() <= EthernetView.HEADER) {
      return 0;
    }
    packet.headers(-1, -1);
    frame.readerIndex(start + EthernetView.HEADER);
    int peer = stack().securityModule().peer(packet);
    frame.readerIndex(start);
    return peer;
  }

  // --- xfrm ---

  /** Sends a packet in clear that a policy wanted protected. */
  Errno leak(Packet packet, Function<Packet, Errno> wayOut) {
    return ledger.leak(packet, wayOut);
  }

  /**
   * Sends a packet through its SAs.
   *
   * @param largestFragment what the result is cut to if it must be cut: a packet of this guest's
   *     own is cut as if the bundle's MTU were the link's, as Linux does
   * @param linkMtu of the route that the result takes
   */
  Errno protect(long now, Packet packet, Bundle bundle, int largestFragment, int linkMtu) {
    if (!stack().postroutingBeforeTransform(now, packet, stackEffects)) {
      return stack().refusal();
    }
    captureClear(now, packet, true);
    largest = packet.inPort < 0 ? largestFragment : Integer.MAX_VALUE;
    xfrm().output(now, packet, bundle, linkMtu, protectedEffects);
    return Errno.OK;
  }

  /** What a hold queue lets go: through its bundle, or in clear. */
  private final class ReleasedEffects extends RoomEffects {
    ReleasedEffects() {
      super(GuestNode.this.timeline, GuestNode.this.ledger, file.name());
    }

    @Override
    public void forward(Packet packet) {
      long now = timeline.now();
      Object way = packet.companion;
      packet.companion = null;
      if (way instanceof Bundle bundle) {
        int linkMtu = stack().routeTowards(bundle.outermost().target()).mtu();
        protect(now, packet, bundle, bundle.mtu(linkMtu), linkMtu);
      } else {
        captureClear(now, packet, true);
        if (packet.leaked) {
          ledger.leak(packet, leaking -> stack().outputTransformed(now, leaking, stackEffects));
        } else {
          stack().outputTransformed(now, packet, stackEffects);
        }
      }
    }

    @Override
    public void emit(Event event) {
      parts().events().onEvent(timeline.now(), GuestNode.this, event);
    }
  }

  /** ESP on its way out. */
  private final class ProtectedEffects extends RoomEffects {
    ProtectedEffects() {
      super(GuestNode.this.timeline, GuestNode.this.ledger, file.name());
    }

    @Override
    public void forward(Packet packet) {
      packet.protectedByXfrm = true;
      stack().outputTransformed(timeline.now(), packet, largest, stackEffects);
    }

    @Override
    public void emit(Event event) {
      xfrmEffects.emit(event);
    }
  }

  /** What came out of ESP. */
  private final class OpenedEffects extends RoomEffects {
    OpenedEffects() {
      super(GuestNode.this.timeline, GuestNode.this.ledger, file.name());
    }

    @Override
    public void forward(Packet packet) {
      long now = timeline.now();
      packet.label = Math.max(0, XfrmEngine.pathLabel(packet));
      captureClear(now, packet, false);
      stack().reinject(now, packet, stackEffects);
    }

    @Override
    public void emit(Event event) {
      xfrmEffects.emit(event);
    }
  }

  /** Sends the keepalive of an outbound SA in UDP. */
  void keepAlive(long now, State state) {
    Encap encap = state.encap();
    if (encap != null) {
      int mark = state.outputMark().value() & state.outputMark().mask();
      stack()
          .keepTranslation(
              now,
              state.source(),
              encap.sourcePort(),
              state.target(),
              encap.targetPort(),
              mark,
              stackEffects);
    }
  }

  // --- time ---

  /**
   * Installs an SA, and listens on its UDP port if it is encapsulated.
   *
   * @return the database's answer, or EACCES if the administrator may not set its label
   */
  Errno install(long now, State state, boolean update) {
    Administrator loader = administrator;
    if (loader != null && loader.setcontext(state.label()) != null) {
      return Errno.EACCES;
    }
    Errno answer =
        update
            ? xfrm().sad().update(now, state, xfrmEffects)
            : xfrm().sad().install(now, state, xfrmEffects);
    if (answer == Errno.OK && state.transform() instanceof IpsecTransform transform) {
      Encap encap = transform.parameters().encap();
      if (encap != null) {
        boolean mine = stack().owns(state.target());
        stack().encapsulationPort(mine ? encap.targetPort() : encap.sourcePort());
      }
    }
    rearm();
    return answer;
  }

  private long ring(long now) {
    if (ended) {
      return Long.MAX_VALUE; // whoever is outside may still ring
    }
    if (received) {
      received = false;
      for (VirtualNic nic : nics) {
        nic.guest().receive(now, stackEffects, BUDGET);
      }
    }
    Parts together = parts();
    if (together.stack().deadline() <= now) {
      together.stack().onDeadline(now, stackEffects);
    }
    if (together.xfrm().deadline() <= now) {
      together.xfrm().onDeadline(now, xfrmEffects);
    }
    noteHeld(now);
    return deadline();
  }

  private long deadline() {
    Parts together = parts();
    return Math.min(together.stack().deadline(), together.xfrm().deadline());
  }

  /** After anything that may have changed what is due. */
  void rearm() {
    if (parts != null) {
      timeline.arm(alarm, deadline());
      noteHeld(timeline.now());
    }
  }

  private void noteHeld(long now) {
    int count = parts().xfrm().held().count();
    if (count != lastHeld) {
      held.change(now, count - lastHeld);
      lastHeld = count;
    }
  }

  // --- the end ---

  void end(long now) {
    ended = true;
    for (VirtualNic nic : nics) {
      nic.end(stackEffects, DropReason.LAB_ENDED);
    }
    Parts together = parts();
    together.stack().close(stackEffects);
    together.xfrm().close(now, xfrmEffects);
  }
}
