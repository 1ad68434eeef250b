package org.larval.lab.run;

import org.larval.lab.time.Alarm;
import org.larval.lab.time.Timeline;
import org.larval.nic.Doorbell;
import org.larval.nic.LabFace;
import org.larval.packet.Packet;

/** The street's end of a NIC: empties it when rung, and fills it. */
final class NicPort extends RoomEffects {
  private static final int BUDGET = 64;

  private final Alarm alarm;
  private LabFace nic;
  private Arrival street;

  @SuppressWarnings("NullAway.Init") // plugged in before the first frame
  NicPort(Timeline timeline, Ledger ledger, String place) {
    super(timeline, ledger, place);
    alarm = timeline.alarm(this::ring);
  }

  void plug(LabFace plugged, Arrival towards) {
    nic = plugged;
    street = towards;
  }

  Doorbell doorbell() {
    return () -> timeline.ringSoon(alarm);
  }

  private long ring(long now) {
    nic.drain(now, this, BUDGET);
    return Long.MAX_VALUE;
  }

  @Override
  public void send(int port, Packet packet) {
    street.arrive(timeline.now(), packet);
  }

  /** A frame from the street for the guest. */
  void deliver(long now, Packet frame) {
    nic.deliver(now, frame, this);
  }
}
