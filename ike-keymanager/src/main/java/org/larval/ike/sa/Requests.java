package org.larval.ike.sa;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.config.Retransmission;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Header;
import org.larval.ike.message.Message;
import org.larval.ike.message.Octets;

/**
 * The exchanges that this end begins (RFC 7296 sections 2.1 to 2.3): one at a time, each sent again
 * until it is answered.
 */
final class Requests {
  private final IkeSa sa;
  private final ArrayDeque<Task> waiting = new ArrayDeque<>();
  private @Nullable Task active;
  private @Nullable Flight flight;
  private Agenda.@Nullable Entry wake;
  private int nextId;
  private boolean processing;

  /** A request that is not answered yet. */
  private static final class Flight {
    final Header header;
    List<Octets> datagrams;
    final long first;
    int sent;
    Agenda.@Nullable Entry timer;

    Flight(Header header, List<Octets> datagrams, long first) {
      this.header = header;
      this.datagrams = datagrams;
      this.first = first;
    }
  }

  Requests(IkeSa sa) {
    this.sa = sa;
  }

  /** Does something when everything before it has been done. */
  void add(Turn turn, Task task) {
    waiting.addLast(task);
    next(turn);
  }

  /** Does something as soon as the exchange under way is over. */
  void addFirst(Turn turn, Task task) {
    waiting.addFirst(task);
    next(turn);
  }

  /** What is being asked for at the moment, or null. */
  @Nullable Task active() {
    return active;
  }

  /** Everything under way or still to do. */
  List<Task> all() {
    List<Task> all = new ArrayList<>(waiting);
    if (active != null) {
      all.addFirst(active);
    }
    return all;
  }

  /** Whether nothing is under way and nothing is to do. */
  boolean idle() {
    return active == null && waiting.isEmpty();
  }

  /** The id of the request that is not answered yet, or -1. */
  int outstanding() {
    return flight == null ? -1 : flight.header.messageId();
  }

  /** What kind of exchange is not answered yet, or null. */
  @Nullable ExchangeType outstandingExchange() {
    return flight == null ? null : ExchangeType.of(flight.header.exchange());
  }

  /** The first message begins again with its id: another one was asked for. */
  void restart() {
    nextId = 0;
  }

  /** The id that the next request will have. */
  int nextId() {
    return nextId;
  }

  /** Begins what is next, if nothing is under way. */
  void next(Turn turn) {
    while (flight == null && !processing && !sa.gone()) {
      Task task = active != null ? active : choose(turn);
      if (task == null) {
        return;
      }
      active = task;
      Draft draft = new Draft();
      if (task.build(turn, draft) == Task.Outcome.DONE) {
        active = null;
      } else {
        send(turn, task.exchange(), draft);
      }
    }
  }

  private @Nullable Task choose(Turn turn) {
    long earliest = Long.MAX_VALUE;
    for (Iterator<Task> tasks = waiting.iterator(); tasks.hasNext(); ) {
      Task task = tasks.next();
      if (task.notBefore() <= turn.now()) {
        tasks.remove();
        return task;
      }
      earliest = Math.min(earliest, task.notBefore());
    }
    if (earliest != Long.MAX_VALUE) {
      if (wake != null) {
        wake.cancel();
      }
      wake = sa.host.agenda().at(earliest, this::next);
    }
    return null;
  }

  private void send(Turn turn, ExchangeType exchange, Draft draft) {
    Header header =
        new Header(sa.initiatorSpi(), sa.responderSpi(), exchange, sa.initiator, false, nextId++);
    Message message = new Message(header, draft.payloads());
    sa.log(turn, "sends", message);
    turn.spend(sa.host.settings().costs().message());
    flight = new Flight(header, sa.seal(message), turn.now());
    transmit(turn, flight);
  }

  private void transmit(Turn turn, Flight request) {
    for (Octets datagram : request.datagrams) {
      sa.transmit(turn, datagram);
    }
    Retransmission schedule = sa.host.settings().retransmission();
    long wait = schedule.wait(request.sent);
    request.sent++;
    long due = turn.now() + wait;
    if (schedule.giveUp() != Long.MAX_VALUE) {
      due = Math.min(due, request.first + schedule.giveUp());
    }
    request.timer = sa.host.agenda().at(due, this::unanswered);
  }

  private void unanswered(Turn turn) {
    Flight request = flight;
    if (request == null) {
      return;
    }
    Retransmission schedule = sa.host.settings().retransmission();
    if (schedule.again(request.sent, turn.now() - request.first)) {
      sa.log(turn, "sends " + request.header + " again, the " + ordinal(request.sent) + " time");
      transmit(turn, request);
    } else {
      sa.dead(turn, "no response to " + request.header + " after " + request.sent + " times");
    }
  }

  private static String ordinal(int number) {
    return switch (number) {
      case 1 -> "1st";
      case 2 -> "2nd";
      case 3 -> "3rd";
      default -> number + "th";
    };
  }

  /** Whether a response answers what is under way. */
  boolean expects(Header response) {
    return flight != null
        && flight.header.messageId() == response.messageId()
        && flight.header.exchange() == response.exchange();
  }

  /** The response to what is under way, authenticated wherever it can be. */
  void onResponse(Turn turn, Message response) {
    Task task = active;
    if (task == null || !expects(response.header())) {
      return;
    }
    land();
    processing = true;
    try {
      if (task.process(turn, response) == Task.Outcome.DONE && task.equals(active)) {
        active = null;
      }
    } catch (RefusedException refusal) {
      active = task.equals(active) ? null : active;
      sa.log(turn, refusal.why());
      if (!sa.established()) {
        sa.fail(turn, refusal);
      }
    } finally {
      processing = false;
    }
    next(turn);
  }

  /** Nothing more is sent for the request under way. */
  private void land() {
    if (flight != null && flight.timer != null) {
      flight.timer.cancel();
    }
    flight = null;
  }

  /** The request under way is sent at once and from the beginning, as after a move. */
  void sendAgain(Turn turn) {
    Flight request = flight;
    if (request != null) {
      if (request.timer != null) {
        request.timer.cancel();
      }
      request.sent = 0;
      transmit(turn, request);
    }
  }

  /** The task under way is given up, its response no longer waited for, as if it had come. */
  void forget(Task task) {
    waiting.remove(task);
    if (task.equals(active)) {
      active = null;
    }
  }

  /** Forgets what is still to do: the peer turned out to be somebody else. */
  void drop() {
    waiting.clear();
  }

  /** The IKE SA is gone. */
  void abandon(Turn turn, String why) {
    land();
    if (wake != null) {
      wake.cancel();
    }
    List<Task> all = all();
    active = null;
    waiting.clear();
    for (Task task : all) {
      task.abandoned(turn, why);
    }
  }

  /** What is not under way yet goes on with another IKE SA. */
  void handOver(Turn turn, IkeSa successor) {
    List<Task> moving = new ArrayList<>();
    for (Iterator<Task> tasks = waiting.iterator(); tasks.hasNext(); ) {
      Task same = tasks.next().on(successor);
      if (same != null) {
        moving.add(same);
        tasks.remove();
      }
    }
    for (Task task : moving) {
      successor.requests().add(turn, task);
    }
  }
}
