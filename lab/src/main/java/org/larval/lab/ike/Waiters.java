package org.larval.lab.ike;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.larval.ike.IkeEvent;

/** Those who have asked for something that takes a while, and what they hope for. */
final class Waiters {
  private final List<Waiter> waiting = new ArrayList<>();

  private record Waiter(IkeRequest request, CompletableFuture<IkeReport> answer) {}

  void add(IkeRequest request, CompletableFuture<IkeReport> answer) {
    waiting.removeIf(one -> one.answer().isDone());
    waiting.add(new Waiter(request, answer));
  }

  /** Answers those for whom an event decides. */
  void hear(IkeEvent event) {
    for (Waiter one : List.copyOf(waiting)) {
      IkeReport answer = answer(one.request(), event);
      if (answer != null) {
        waiting.remove(one);
        one.answer().complete(answer);
      }
    }
  }

  private static @Nullable IkeReport answer(IkeRequest request, IkeEvent event) {
    boolean ofIke = request.child() == null;
    return switch (event) {
      case IkeEvent.IkeUp up when ofIke && up.connection().equals(request.connection()) ->
          switch (request.verb()) {
            case INITIATE, REAUTH ->
                up.rekeyed() ? null : IkeReport.done(up.connection() + " is established");
            case REKEY -> up.rekeyed() ? IkeReport.done(up.connection() + " is rekeyed") : null;
            default -> null;
          };
      case IkeEvent.IkeDown down when down.connection().equals(request.connection()) ->
          switch (request.verb()) {
            case TERMINATE -> ofIke ? IkeReport.done(down.connection() + " is terminated") : null;
            case INITIATE ->
                IkeReport.failed(down.connection() + " is not established: " + down.reason());
            default -> null;
          };
      case IkeEvent.ChildUp up when of(request, up.child().connection(), up.child().child()) ->
          switch (request.verb()) {
            case INITIATE -> IkeReport.done(up.child().child() + " is established");
            case REKEY ->
                up.replaces() == 0 ? null : IkeReport.done(up.child().child() + " is rekeyed");
            default -> null;
          };
      case IkeEvent.ChildDown down
          when of(request, down.child().connection(), down.child().child()) ->
          request.verb() == IkeRequest.Verb.TERMINATE
              ? IkeReport.done(down.child().child() + " is terminated")
              : null;
      default -> null;
    };
  }

  private static boolean of(IkeRequest request, String connection, String child) {
    return connection.equals(request.connection()) && child.equals(request.child());
  }

  /** Whoever asked for this does not wait any more. */
  void giveUp(CompletableFuture<IkeReport> answer, String why) {
    answer.complete(IkeReport.failed(why));
    waiting.removeIf(one -> one.answer().isDone());
  }
}
