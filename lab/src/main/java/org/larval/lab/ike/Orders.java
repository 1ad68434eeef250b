package org.larval.lab.ike;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.larval.ike.IkeStatus;
import org.larval.ike.config.Connection;
import org.larval.ike.sa.IkeEngine;
import org.larval.lab.time.RealTimeline;
import org.larval.packet.Effects;

/** What users order by the control socket: each order on a thread of its own, done on the loop. */
final class Orders {
  private final RealTimeline timeline;
  private final List<Connection> connections;
  private final IkeEngine engine;
  private final Tunnels tunnels;
  private final Waiters waiters;
  private final Effects out;
  private final Runnable rearm;
  private final Runnable end;

  /**
   * Orders to an engine.
   *
   * @param rearm after the engine has been told something
   * @param end of the daemon
   */
  Orders(
      RealTimeline timeline,
      List<Connection> connections,
      IkeEngine engine,
      Tunnels tunnels,
      Waiters waiters,
      Effects out,
      Runnable rearm,
      Runnable end) {
    this.timeline = timeline;
    this.connections = connections;
    this.engine = engine;
    this.tunnels = tunnels;
    this.waiters = waiters;
    this.out = out;
    this.rearm = rearm;
    this.end = end;
  }

  /** Does it, and waits as long as the asker would. */
  IkeReport answer(IkeRequest request) {
    CompletableFuture<IkeReport> answer = new CompletableFuture<>();
    timeline.onLoop(
        () -> {
          begin(request, answer);
          rearm.run();
        });
    try {
      return request.patience() <= 0
          ? answer.get()
          : answer.get(request.patience(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      timeline.onLoop(() -> waiters.giveUp(answer, "nothing has come of it in time; see the log"));
      return answer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return IkeReport.failed("interrupted");
    } catch (ExecutionException e) {
      return IkeReport.failed(String.valueOf(e.getCause()));
    }
  }

  private void begin(IkeRequest request, CompletableFuture<IkeReport> answer) {
    long now = timeline.now();
    String name = request.connection();
    if (request.verb() == IkeRequest.Verb.STATUS) {
      answer.complete(StatusReport.of(engine.status(), tunnels));
      return;
    }
    if (request.verb() == IkeRequest.Verb.DOWN) {
      answer.complete(IkeReport.done("going down"));
      end.run();
      return;
    }
    Connection only = name == null && connections.size() == 1 ? connections.getFirst() : null;
    if (only != null) {
      boolean first = request.verb() == IkeRequest.Verb.INITIATE && !only.children().isEmpty();
      begin(
          new IkeRequest(
              request.verb(),
              only.name(),
              request.child() == null && first
                  ? only.children().getFirst().name()
                  : request.child(),
              request.patience()),
          answer);
      return;
    }
    Connection connection = name == null ? null : connection(name);
    String child = request.child();
    if (name == null || connection == null || child != null && connection.child(child) == null) {
      answer.complete(
          IkeReport.failed(
              name == null
                  ? "which of them? "
                      + String.join(", ", connections.stream().map(Connection::name).toList())
                  : "there is no " + (connection == null ? name : name + "/" + child)));
      return;
    }
    if (request.patience() > 0) {
      waiters.add(request, answer);
    }
    int begun =
        switch (request.verb()) {
          case INITIATE -> initiate(now, name, child, answer);
          case REKEY ->
              child == null
                  ? engine.rekeyIke(now, name, out)
                  : engine.rekeyChild(now, name, child, out);
          case REAUTH -> engine.reauthenticate(now, name, out);
          case TERMINATE ->
              child == null
                  ? engine.terminate(now, name, out)
                  : engine.terminateChild(now, name, child, out);
          default -> 0;
        };
    if (begun == 0) {
      waiters.giveUp(answer, "there is nothing to do that to");
      answer.complete(IkeReport.failed("there is nothing to do that to"));
    } else if (request.patience() <= 0) {
      answer.complete(IkeReport.done("begun"));
    }
  }

  private int initiate(
      long now, String name, @Nullable String child, CompletableFuture<IkeReport> answer) {
    for (IkeStatus sa : engine.status()) {
      if (sa.connection().equals(name) && sa.state().equals("ESTABLISHED")) {
        boolean there =
            child == null
                || sa.children().stream()
                    .anyMatch(
                        one ->
                            one.parameters().child().equals(child)
                                && one.state().equals("INSTALLED"));
        if (there) {
          answer.complete(
              IkeReport.done((child == null ? name : child) + " is established already"));
          return 1;
        }
      }
    }
    return engine.initiate(now, name, child, out) ? 1 : 0;
  }

  private @Nullable Connection connection(String name) {
    return named(connections, name);
  }

  /** The connection of a name, or null. */
  static @Nullable Connection named(List<Connection> connections, String name) {
    for (Connection one : connections) {
      if (one.name().equals(name)) {
        return one;
      }
    }
    return null;
  }
}
