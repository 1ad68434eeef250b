package org.larval.guest.app;

import java.util.Arrays;
import org.larval.guest.Alarm;
import org.larval.guest.GuestStack;
import org.larval.guest.PingSocket;
import org.larval.guest.UdpSocket;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.wire.IpAddress;

/** ping: echo requests at a constant interval, numbered from 1 on the wire as ping does. */
public final class PingFlow implements App, PingSocket.Listener {
  private static final int NOT_WAITING = -1;
  private static final int REMEMBERED = 4096;

  /** The port that ping connects to in order to learn its source address. */
  private static final int PROBE_PORT = 1025;

  /**
   * What to send.
   *
   * @param flow the ledger's number
   * @param target the peer
   * @param interval nanoseconds, at least 1
   * @param count how many
   * @param payload bytes after the ICMP header; ping's default is 56
   * @param blocking whether the task may be put to sleep
   * @param startAt nanoseconds since the lab began
   * @param label SID of the socket, 0 for none
   * @param probesSource whether it first connects a UDP socket to learn its source address, as
   *     iputils does: that asks the security path for a UDP flow
   */
  public record Settings(
      int flow,
      IpAddress target,
      long interval,
      int count,
      int payload,
      boolean blocking,
      long startAt,
      int label,
      boolean probesSource) {
    /** ping's defaults. */
    public static Settings of(int flow, IpAddress target, long interval, int count) {
      return new Settings(flow, target, interval, count, 56, true, 0, 0, false);
    }

    /** The same at another time. */
    public Settings withStartAt(long moment) {
      return new Settings(
          flow, target, interval, count, payload, blocking, moment, label, probesSource);
    }

    /** The same with a label. */
    public Settings withLabel(int sid) {
      return new Settings(
          flow, target, interval, count, payload, blocking, startAt, sid, probesSource);
    }

    /** The same with the probe for the source address. */
    public Settings withSourceProbe() {
      return new Settings(flow, target, interval, count, payload, blocking, startAt, label, true);
    }

    /** The same with other payload bytes. */
    public Settings withPayload(int bytes) {
      return new Settings(
          flow, target, interval, count, bytes, blocking, startAt, label, probesSource);
    }
  }

  private final GuestStack stack;
  private final Settings settings;
  private final PingSocket socket;
  private final Alarm alarm;

  /** When the last echoes were offered, by sequence modulo the length. */
  private final long[] offeredAt;

  private boolean begun;
  private boolean offered;
  private boolean asleep;
  private int next;

  /** A program on a guest. */
  public PingFlow(GuestStack stack, Settings settings) {
    this.stack = stack;
    this.settings = settings;
    socket = stack.pingSocket(this).label(settings.label()).blocking(settings.blocking());
    alarm = stack.alarm(this::onAlarm);
    offeredAt = new long[Math.clamp(settings.count(), 1, REMEMBERED)];
    Arrays.fill(offeredAt, NOT_WAITING);
  }

  @Override
  public Errno start(long now, Effects out) {
    alarm.set(Math.max(now, settings.startAt()));
    return Errno.OK;
  }

  private void onAlarm(long now, Effects out) {
    if (!begun) {
      begun = true;
      if (settings.probesSource()) {
        probe(now, out);
      }
    }
    run(now, out);
  }

  private void probe(long now, Effects out) {
    UdpSocket probe =
        stack.udpSocket((at, readable, ignored) -> {}).label(settings.label()).blocking(false);
    Errno unused = probe.connect(now, settings.target(), PROBE_PORT, out);
    assert unused != Errno.ASLEEP : "the socket does not block";
    probe.close(out);
  }

  @Override
  public void onWake(long now, PingSocket woken, Effects out) {
    asleep = false;
    run(now, out);
  }

  private void run(long now, Effects out) {
    while (!asleep && next < settings.count()) {
      long due = settings.startAt() + next * settings.interval();
      if (due > now) {
        alarm.set(due);
        return;
      }
      if (!offered) {
        offered = true;
        stack.flowLog().offered(now, settings.flow(), next);
        offeredAt[next % offeredAt.length] = now;
      }
      Errno answer =
          socket.sendEcho(
              now, settings.target(), next + 1, settings.payload(), settings.flow(), next, out);
      if (answer == Errno.ASLEEP) {
        asleep = true;
        stack.flowLog().asleep(now, settings.flow(), next);
        return;
      }
      if (answer != Errno.OK) {
        stack.flowLog().refused(now, settings.flow(), next, answer);
      }
      offered = false;
      next++;
    }
  }

  @Override
  public void onReply(long now, PingSocket answered, int echoSequence, Effects out) {
    // the newest message whose number on the wire has these 16 bits
    int sequence = next - 1 - (next - echoSequence & 0xffff);
    if (sequence < 0 || next - sequence > offeredAt.length) {
      return;
    }
    int place = sequence % offeredAt.length;
    long sent = offeredAt[place];
    if (sent != NOT_WAITING) {
      offeredAt[place] = NOT_WAITING;
      stack.flowLog().answered(now, settings.flow(), sequence, now - sent);
    }
  }

  @Override
  public void stop(Effects out) {
    alarm.cancel();
    next = settings.count();
    socket.close();
  }
}
