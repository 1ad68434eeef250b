package org.larval.lab.run;

import org.jspecify.annotations.Nullable;
import org.larval.lab.time.Alarm;
import org.larval.lab.time.Timeline;
import org.larval.nic.Doorbell;
import org.larval.nic.LabFace;
import org.larval.packet.Packet;
import org.larval.pcap.FrameDirection;

/** The street's end of a NIC: empties it when rung, and fills it. */
class NicPort extends RoomEffects {
  private static final int BUDGET = 64;

  private final Alarm alarm;
  private LabFace nic;
  private Arrival street;
  private Captures.@Nullable Port wire;
  private @Nullable CaptureNotes notes;
  private boolean unplugged;

  @SuppressWarnings("NullAway.Init") // plugged in before the first frame
  NicPort(Timeline timeline, Ledger ledger, String place) {
    super(timeline, ledger, place);
    alarm = timeline.alarm(this::ring);
  }

  void plug(LabFace plugged, Arrival towards) {
    nic = plugged;
    street = towards;
  }

  /** Writes down what crosses, as its guest sees it. */
  void capture(Captures.@Nullable Port port, CaptureNotes captureNotes) {
    wire = port;
    notes = captureNotes;
  }

  /** A guest outside is heard from now on: what it has sent before the lab began waits. */
  void begin() {
    unplugged = false;
    timeline.ringSoon(alarm);
  }

  /** The lab has not begun, or it has ended: what the guest sends stays in its ring. */
  void unplug() {
    unplugged = true;
  }

  Doorbell doorbell() {
    return () -> timeline.ringSoon(alarm);
  }

  private long ring(long now) {
    if (!unplugged) {
      nic.drain(now, this, BUDGET);
    }
    return Long.MAX_VALUE;
  }

  @Override
  public void send(int port, Packet packet) {
    write(packet, FrameDirection.OUTBOUND);
    street.arrive(timeline.now(), packet);
  }

  /** A frame from the street for the guest. */
  void deliver(long now, Packet frame) {
    write(frame, FrameDirection.INBOUND);
    nic.deliver(now, frame, this);
  }

  private void write(Packet frame, FrameDirection direction) {
    if (wire != null && notes != null) {
      wire.write(timeline.now(), frame.buffer(), direction, notes.sent(frame));
    }
  }
}
