package org.larval.guest.tcp;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.FlowLog;
import org.larval.wire.IpAddress;

/**
 * Connects and then exchanges one byte so many times, each answer before the next question: what
 * the measuring program for real kernels does. It gives up connecting after {@link Plan#patience},
 * with EINPROGRESS from a blocking call (SO_SNDTIMEO) and ETIMEDOUT from one that polled.
 */
public final class TcpEchoFlow implements TcpListenerCallbacks {
  /**
   * What to do; times are nanoseconds.
   *
   * @param flow the ledger's number
   * @param label SID of the socket
   * @param source the local address, or null for what routing chooses
   * @param nonblocking whether connect is called with O_NONBLOCK
   * @param startAt since the lab began
   * @param exchanges how many, 0 or more
   * @param patience how long connect may take
   * @param answerPatience how long an answer may take (SO_RCVTIMEO)
   * @param retryGap how long to wait before another try when a blocking connect fails at once, 0
   *     for none
   */
  public record Plan(
      int flow,
      int label,
      @Nullable IpAddress source,
      IpAddress target,
      int port,
      boolean nonblocking,
      long startAt,
      int exchanges,
      long patience,
      long answerPatience,
      long retryGap) {
    private static final long SECOND = 1_000_000_000L;

    /** Ten exchanges, eight seconds for connect, two for each answer, tries 10 ms apart. */
    public static Plan of(
        int flow, int label, IpAddress target, int port, boolean nonblocking, long startAt) {
      return new Plan(
          flow,
          label,
          null,
          target,
          port,
          nonblocking,
          startAt,
          10,
          8 * SECOND,
          2 * SECOND,
          SECOND / 100);
    }
  }

  private enum Stage {
    WAITING,
    CONNECTING,
    RETRYING,
    ASKING,
    OVER
  }

  private final byte[] octet = {'x'};
  private final byte[] answer = new byte[64];
  private final TcpLayer layer;
  private final Plan plan;
  private final FlowLog log;
  private TcpSocket socket;
  private Stage stage = Stage.WAITING;
  private long next;
  private long askedAt;
  private int asked;

  /** A flow that has not begun. */
  public TcpEchoFlow(TcpLayer layer, Plan plan, FlowLog log) {
    this.layer = layer;
    this.plan = plan;
    this.log = log;
    socket = fresh();
    next = plan.startAt();
  }

  private TcpSocket fresh() {
    return layer
        .socket(this)
        .flow(plan.flow())
        .label(plan.label())
        .bind(plan.source(), 0)
        .noDelay(true);
  }

  /** When {@link #onDeadline} must be called, or {@link Long#MAX_VALUE}. */
  public long deadline() {
    return next;
  }

  /** Begins, tries again, or gives up. */
  public void onDeadline(long now, Effects out) {
    if (now < next) {
      return;
    }
    next = Long.MAX_VALUE;
    switch (stage) {
      case WAITING -> call(now, out);
      case RETRYING -> {
        socket = fresh();
        call(now, out);
      }
      case CONNECTING -> {
        end(now, plan.nonblocking() ? Errno.ETIMEDOUT : Errno.EINPROGRESS);
        socket.abort(now, out);
      }
      case ASKING -> {
        end(now, Errno.EAGAIN);
        socket.abort(now, out);
      }
      case OVER -> {}
    }
  }

  private void call(long now, Effects out) {
    stage = Stage.CONNECTING;
    next = plan.startAt() + plan.patience();
    Errno result = socket.connect(now, plan.target(), plan.port(), plan.nonblocking(), out);
    if (result == Errno.ASLEEP || result == Errno.EINPROGRESS) {
      return;
    }
    if (!plan.nonblocking()
        && !isForbidden(result)
        && plan.retryGap() > 0
        && now + plan.retryGap() < plan.startAt() + plan.patience()) {
      log.failed(now, plan.flow(), result);
      stage = Stage.RETRYING;
      next = now + plan.retryGap();
    } else {
      end(now, result);
    }
  }

  /** What the next attempt would be told as well: labels say no. */
  private static boolean isForbidden(Errno error) {
    return error == Errno.EACCES || error == Errno.ENOSPC;
  }

  private void end(long now, Errno error) {
    stage = Stage.OVER;
    next = Long.MAX_VALUE;
    if (error != Errno.OK) {
      log.failed(now, plan.flow(), error);
    }
  }

  @Override
  public void connected(long now, TcpSocket connected, Effects out) {
    log.connected(now, plan.flow(), now - plan.startAt(), connected.synRetransmissions());
    stage = Stage.ASKING;
    ask(now, out);
  }

  private void ask(long now, Effects out) {
    if (asked == plan.exchanges()) {
      end(now, Errno.OK);
      socket.close(now, out);
      return;
    }
    askedAt = now;
    next = now + plan.answerPatience();
    log.offered(now, plan.flow(), asked);
    if (socket.message(asked).write(now, octet, 0, 1, out) < 0) {
      end(now, socket.error());
      socket.abort(now, out);
    }
  }

  @Override
  public void readable(long now, TcpSocket connected, Effects out) {
    if (stage != Stage.ASKING) {
      return;
    }
    int count = connected.read(now, answer, 0, answer.length, out);
    if (count > 0) {
      log.answered(now, plan.flow(), asked, now - askedAt);
      asked++;
      ask(now, out);
    } else if (count < 0) {
      end(now, Errno.ECONNRESET);
      connected.close(now, out);
    }
  }

  @Override
  public void failed(long now, TcpSocket broken, Errno error, Effects out) {
    if (stage != Stage.OVER) {
      end(now, error);
    }
  }

  /** How many exchanges were completed. */
  public int exchanged() {
    return asked;
  }

  /** Whether it is over, well or not. */
  public boolean over() {
    return stage == Stage.OVER;
  }

  /** Its socket. */
  public TcpSocket socket() {
    return socket;
  }
}
