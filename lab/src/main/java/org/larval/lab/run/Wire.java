package org.larval.lab.run;

import org.larval.lab.time.Alarm;
import org.larval.lab.time.Timeline;
import org.larval.net.LinkDirection;
import org.larval.packet.Packet;

/** One direction of a link on the timeline. */
final class Wire {
  private final LinkDirection direction;
  private final Timeline timeline;
  private final Alarm alarm;
  private final RoomEffects effects;

  Wire(LinkDirection direction, Timeline timeline, Ledger ledger, Arrival farEnd) {
    this.direction = direction;
    this.timeline = timeline;
    effects =
        new RoomEffects(timeline, ledger, direction.name()) {
          @Override
          public void forward(Packet packet) {
            farEnd.arrive(timeline.now(), packet);
          }
        };
    alarm = timeline.alarm(this::ring);
  }

  private long ring(long now) {
    direction.onDeadline(now, effects);
    return direction.deadline();
  }

  /** Sends a frame into the link. */
  void enter(long now, Packet frame) {
    direction.onPacket(now, frame, effects);
    timeline.arm(alarm, direction.deadline());
  }

  LinkDirection direction() {
    return direction;
  }

  RoomEffects effects() {
    return effects;
  }
}
