package org.larval.ike.sa;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Header;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;

/**
 * The exchanges that the peer begins (RFC 7296 sections 2.1 to 2.3): each is done once, and its
 * response is kept to be sent again, bit by bit the same, as long as the request may come again.
 */
final class Replies {
  private static final int EVERYTHING_SEEN = 64;

  private final IkeSa sa;
  private final int window;
  private final @Nullable Cached[] cache;
  private int lowest;
  private long seen;

  private record Cached(int id, List<Octets> datagrams) {}

  Replies(IkeSa sa, int window) {
    this.sa = sa;
    this.window = Math.clamp(window, 1, EVERYTHING_SEEN);
    cache = new Cached[2 * this.window];
  }

  /** Tells the peer how many requests it may have under way, if it is more than one. */
  static void announce(IkeSa sa, Draft draft) {
    int window = sa.host.settings().window();
    if (window > 1) {
      draft.notify(NotifyType.SET_WINDOW_SIZE, Octets.number(window, 4));
    }
  }

  /** Whether a request is new and in the window; if it is old, its response is sent again. */
  boolean isNew(Turn turn, Header request) {
    int ahead = request.messageId() - lowest;
    if (ahead < 0 || ahead < window && (seen >>> ahead & 1) == 1) {
      Cached old = cache[Math.floorMod(request.messageId(), cache.length)];
      if (old != null && old.id == request.messageId()) {
        sa.log(turn, "got " + request + " again, sends its response again");
        old.datagrams.forEach(datagram -> sa.reply(turn, datagram));
      }
      return false;
    }
    return ahead < window;
  }

  /** The id of the request that must come next. */
  int expected() {
    return lowest;
  }

  /** Does what a request asks and sends the response. */
  void answer(Turn turn, Message request, Answer answer) {
    mark(request.header().messageId());
    Draft draft = new Draft();
    RefusedException refusal = null;
    try {
      answer.answer(turn, request, draft);
    } catch (RefusedException problem) {
      refusal = problem;
      sa.log(turn, problem.why());
      draft.refuse(problem);
    }
    if (sa.gone()) {
      return;
    }
    respond(turn, request.header(), draft);
    String lastWord = sa.lastWord();
    if (refusal != null && !sa.established()) {
      sa.close(turn, refusal.why());
    } else if (lastWord != null) {
      sa.close(turn, lastWord);
    } else {
      answer.sent(turn);
    }
  }

  private void respond(Turn turn, Header request, Draft draft) {
    Header header =
        new Header(
            sa.initiatorSpi(),
            sa.responderSpi(),
            Header.IKEV2,
            request.exchange(),
            sa.initiator,
            false,
            true,
            request.messageId());
    Message message = new Message(header, draft.payloads());
    sa.log(turn, "sends", message);
    turn.spend(sa.host.settings().costs().message());
    List<Octets> datagrams = sa.seal(message);
    cache[Math.floorMod(header.messageId(), cache.length)] =
        new Cached(header.messageId(), datagrams);
    datagrams.forEach(datagram -> sa.reply(turn, datagram));
  }

  private void mark(int id) {
    seen |= 1L << (id - lowest);
    while ((seen & 1) == 1) {
      seen >>>= 1;
      lowest++;
    }
  }
}
