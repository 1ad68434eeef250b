package org.larval.guest.app;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.larval.guest.Alarm;
import org.larval.guest.GuestStack;
import org.larval.guest.UdpSocket;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;

/**
 * Sends datagrams at a constant rate: call k at {@code startAt + firstSendAfter + k * interval},
 * whatever the calls before answered. A task that was asleep catches up with calls whose time has
 * passed as soon as it runs again.
 */
public final class UdpFlow implements App, UdpSocket.Listener {
  /**
   * What to send.
   *
   * @param flow the ledger's number
   * @param target the peer
   * @param port the peer's port
   * @param interval nanoseconds from call to call, at least 1
   * @param count how many calls
   * @param payload bytes, at least 4: the sequence number in network order, then zeros
   * @param connected whether the socket is connected, at {@code startAt}
   * @param blocking whether the task may be put to sleep
   * @param startAt nanoseconds since the lab began
   * @param firstSendAfter nanoseconds from {@code startAt} to the first call
   * @param label SID of the socket, 0 for none
   * @param diesOnEagain whether the program takes EAGAIN for a fatal error, as many do
   */
  public record Settings(
      int flow,
      IpAddress target,
      int port,
      long interval,
      int count,
      int payload,
      boolean connected,
      boolean blocking,
      long startAt,
      long firstSendAfter,
      int label,
      boolean diesOnEagain) {
    /** Checks sizes. */
    public Settings {
      if (payload < 4) {
        throw new IllegalArgumentException("payload " + payload + " has no room for a sequence");
      }
      if (interval < 1 || count < 0 || startAt < 0 || firstSendAfter < 0) {
        throw new IllegalArgumentException("interval, count and times must not be negative");
      }
    }

    /** An unconnected, blocking, unlabelled flow of 64 bytes that starts at once. */
    public static Settings of(int flow, IpAddress target, int port, long interval, int count) {
      return new Settings(flow, target, port, interval, count, 64, false, true, 0, 0, 0, false);
    }

    /** The same with a connected socket. */
    public Settings withConnected() {
      return new Settings(
          flow,
          target,
          port,
          interval,
          count,
          payload,
          true,
          blocking,
          startAt,
          firstSendAfter,
          label,
          diesOnEagain);
    }

    /** The same with O_NONBLOCK. */
    public Settings withNonblocking() {
      return new Settings(
          flow,
          target,
          port,
          interval,
          count,
          payload,
          connected,
          false,
          startAt,
          firstSendAfter,
          label,
          diesOnEagain);
    }

    /** The same with other payload bytes. */
    public Settings withPayload(int bytes) {
      return new Settings(
          flow,
          target,
          port,
          interval,
          count,
          bytes,
          connected,
          blocking,
          startAt,
          firstSendAfter,
          label,
          diesOnEagain);
    }

    /** The same at other times. */
    public Settings withTimes(long newStartAt, long newFirstSendAfter) {
      return new Settings(
          flow,
          target,
          port,
          interval,
          count,
          payload,
          connected,
          blocking,
          newStartAt,
          newFirstSendAfter,
          label,
          diesOnEagain);
    }

    /** The same with a label. */
    public Settings withLabel(int sid) {
      return new Settings(
          flow,
          target,
          port,
          interval,
          count,
          payload,
          connected,
          blocking,
          startAt,
          firstSendAfter,
          sid,
          diesOnEagain);
    }

    /** The same as a program that ends at its first EAGAIN. */
    public Settings withDeathOnEagain() {
      return new Settings(
          flow,
          target,
          port,
          interval,
          count,
          payload,
          connected,
          blocking,
          startAt,
          firstSendAfter,
          label,
          true);
    }
  }

  private final GuestStack stack;
  private final Settings settings;
  private final UdpSocket socket;
  private final Alarm alarm;
  private final ByteBuf data;
  private boolean begun;
  private boolean connected;
  private boolean offered;
  private boolean asleep;
  private boolean ended;
  private int next;
  private int answeredUpTo = -1;

  /** A program on a guest. */
  public UdpFlow(GuestStack stack, Settings settings) {
    this.stack = stack;
    this.settings = settings;
    socket = stack.udpSocket(this).label(settings.label()).blocking(settings.blocking());
    alarm = stack.alarm(this::onAlarm);
    data = Unpooled.wrappedBuffer(new byte[settings.payload()]);
  }

  @Override
  public Errno start(long now, Effects out) {
    alarm.set(Math.max(now, settings.startAt()));
    return Errno.OK;
  }

  /** Whether all calls were made, or the program died. */
  public boolean finished() {
    return ended || next == settings.count();
  }

  private long due(int sequence) {
    return settings.startAt() + settings.firstSendAfter() + sequence * settings.interval();
  }

  private void onAlarm(long now, Effects out) {
    if (!begun) {
      begun = true;
      if (settings.connected()) {
        settle(now, connect(now, out));
      }
    }
    run(now, out);
  }

  @Override
  public void onWake(long now, UdpSocket woken, Effects out) {
    asleep = false;
    if (settings.connected() && !connected && !offered) {
      // the connect that put it to sleep is repeated at once, not when the next message is due
      settle(now, connect(now, out));
    }
    run(now, out);
  }

  private Errno connect(long now, Effects out) {
    Errno answer = socket.connect(now, settings.target(), settings.port(), out);
    connected = answer == Errno.OK;
    return answer;
  }

  /** Makes every call that is due. */
  private void run(long now, Effects out) {
    while (!ended && !asleep && next < settings.count()) {
      if (due(next) > now) {
        alarm.set(due(next));
        return;
      }
      if (!offered) {
        offered = true;
        stack.flowLog().offered(now, settings.flow(), next);
      }
      Errno answer = call(now, out);
      if (answer != Errno.OK && answer != Errno.ASLEEP) {
        stack.flowLog().refused(now, settings.flow(), next, answer);
      }
      settle(now, answer);
      if (answer != Errno.ASLEEP) {
        offered = false;
        next++;
      }
    }
  }

  private Errno call(long now, Effects out) {
    data.setInt(0, next);
    if (!settings.connected()) {
      return socket.sendTo(
          now, settings.target(), settings.port(), data, settings.flow(), next, out);
    }
    if (!connected) {
      Errno answer = connect(now, out);
      if (answer != Errno.OK) {
        return answer;
      }
    }
    return socket.send(now, data, settings.flow(), next, out);
  }

  private void settle(long now, Errno answer) {
    if (answer == Errno.ASLEEP) {
      asleep = true;
      stack.flowLog().asleep(now, settings.flow(), next);
    } else if (answer == Errno.EAGAIN && settings.diesOnEagain()) {
      ended = true;
      stack.flowLog().died(now, settings.flow(), answer);
    }
  }

  /** Echoes come back here; each message counts once, in the order of its answers. */
  @Override
  public void onReadable(long now, UdpSocket readable, Effects out) {
    for (Packet packet = socket.receive(); packet != null; packet = socket.receive()) {
      int sequence = UdpSink.sequence(packet);
      if (sequence > answeredUpTo && sequence < settings.count()) {
        answeredUpTo = sequence;
        stack.flowLog().answered(now, settings.flow(), sequence, now - due(sequence));
      }
      out.deliver(packet);
    }
  }

  @Override
  public void stop(Effects out) {
    ended = true;
    alarm.cancel();
    socket.close(out);
  }
}
