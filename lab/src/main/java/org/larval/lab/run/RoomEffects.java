package org.larval.lab.run;

import org.larval.lab.time.Timeline;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Event;
import org.larval.packet.Packet;

/**
 * A room's way out, in the lab: packets that end go to the ledger. A room that passes packets on or
 * announces things says where to.
 */
abstract class RoomEffects implements Effects {
  final Timeline timeline;
  final Ledger ledger;
  final String place;

  RoomEffects(Timeline timeline, Ledger ledger, String place) {
    this.timeline = timeline;
    this.ledger = ledger;
    this.place = place;
  }

  @Override
  public void forward(Packet packet) {
    throw new IllegalStateException(place + " has no next room");
  }

  @Override
  public void send(int port, Packet packet) {
    throw new IllegalStateException(place + " has no ports");
  }

  @Override
  public final void deliver(Packet packet) {
    ledger.delivered(timeline.now(), place, packet);
  }

  @Override
  public final void absorb(Packet packet) {
    ledger.absorbed(timeline.now(), place, packet);
  }

  @Override
  public final void drop(Packet packet, DropReason reason) {
    ledger.dropped(timeline.now(), place, packet, reason);
  }

  @Override
  public void emit(Event event) {}
}
