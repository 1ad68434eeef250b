package org.larval.guest.app;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.guest.Alarm;
import org.larval.guest.GuestStack;
import org.larval.guest.UdpSocket;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;

/**
 * Looks names up as the resolver of a C library does (resolv.conf's defaults: 5 s, two attempts):
 * each query on a connected socket of its own, sent again after five seconds, given up after ten.
 */
public final class DnsFlow implements App {
  /** The resolver's patience with one attempt. */
  public static final long TIMEOUT = 5_000_000_000L;

  private static final int ATTEMPTS = 2;
  private static final int PORT = 53;

  /**
   * What to ask.
   *
   * @param flow the ledger's number
   * @param server the name server
   * @param interval nanoseconds from query to query, at least 1
   * @param count how many queries
   * @param blocking whether the task may be put to sleep
   * @param startAt nanoseconds since the lab began
   * @param label SID of the sockets, 0 for none
   */
  public record Settings(
      int flow,
      IpAddress server,
      long interval,
      int count,
      boolean blocking,
      long startAt,
      int label) {
    /** Unlabelled, blocking, at once. */
    public static Settings of(int flow, IpAddress server, long interval, int count) {
      return new Settings(flow, server, interval, count, true, 0, 0);
    }
  }

  private final GuestStack stack;
  private final Settings settings;
  private final Alarm alarm;
  private final List<Query> running = new ArrayList<>();
  private int next;

  /** A program on a guest. */
  public DnsFlow(GuestStack stack, Settings settings) {
    this.stack = stack;
    this.settings = settings;
    alarm = stack.alarm(this::onAlarm);
  }

  @Override
  public Errno start(long now, Effects out) {
    alarm.set(Math.max(now, settings.startAt()));
    return Errno.OK;
  }

  private void onAlarm(long now, Effects out) {
    if (next == settings.count()) {
      return;
    }
    Query query = new Query(next++, now);
    if (next < settings.count()) {
      alarm.set(settings.startAt() + next * settings.interval());
    }
    running.add(query);
    stack.flowLog().offered(now, settings.flow(), query.sequence);
    query.attempt(now, out);
  }

  @Override
  public void stop(Effects out) {
    alarm.cancel();
    next = settings.count();
    for (Query query : List.copyOf(running)) {
      query.end(out);
    }
  }

  /** One name looked up. */
  private final class Query implements UdpSocket.Listener {
    final int sequence;
    private final long offeredAt;
    private final ByteBuf message;
    private final Alarm timeout = stack.alarm(this::onTimeout);
    private @Nullable UdpSocket socket;
    private boolean connected;
    private int attempts;

    Query(int sequence, long now) {
      this.sequence = sequence;
      offeredAt = now;
      message = DnsMessage.query(sequence & 0xffff);
    }

    /** Opens a socket, connects it and sends; an error costs the attempt and no time. */
    void attempt(long now, Effects out) {
      while (true) {
        Errno answer = send(now, out);
        if (answer == Errno.OK) {
          attempts++;
          timeout.set(now + TIMEOUT);
          return;
        }
        if (answer == Errno.ASLEEP) {
          stack.flowLog().asleep(now, settings.flow(), sequence);
          return;
        }
        attempts++;
        stack.flowLog().refused(now, settings.flow(), sequence, answer);
        if (attempts == ATTEMPTS) {
          end(out);
          stack.flowLog().failed(now, settings.flow(), answer);
          return;
        }
      }
    }

    private Errno send(long now, Effects out) {
      UdpSocket open = socket;
      if (open == null) {
        open = stack.udpSocket(this).label(settings.label()).blocking(settings.blocking());
        socket = open;
        connected = false;
      }
      if (!connected) {
        Errno answer = open.connect(now, settings.server(), PORT, out);
        if (answer == Errno.ASLEEP) {
          return answer;
        }
        if (answer != Errno.OK) {
          open.close(out);
          socket = null;
          return answer;
        }
        connected = true;
      }
      return open.send(now, message, settings.flow(), sequence, out);
    }

    private void onTimeout(long now, Effects out) {
      if (attempts < ATTEMPTS) {
        stack.flowLog().retransmitted(now, settings.flow());
        attempt(now, out);
        return;
      }
      end(out);
      stack.flowLog().failed(now, settings.flow(), Errno.ETIMEDOUT);
    }

    @Override
    public void onReadable(long now, UdpSocket readable, Effects out) {
      boolean answered = false;
      for (Packet packet = readable.receive(); packet != null; packet = readable.receive()) {
        answered |= DnsMessage.isAnswer(packet.buffer(), sequence & 0xffff);
        out.deliver(packet);
      }
      if (answered) {
        end(out);
        stack.flowLog().answered(now, settings.flow(), sequence, now - offeredAt);
      }
    }

    @Override
    public void onWake(long now, UdpSocket woken, Effects out) {
      attempt(now, out);
    }

    void end(Effects out) {
      timeout.cancel();
      UdpSocket open = socket;
      socket = null;
      if (open != null) {
        open.close(out);
      }
      running.remove(this);
    }
  }
}
