package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Endpoint;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Fragments;
import org.larval.ike.message.Header;
import org.larval.ike.message.MalformedMessageException;
import org.larval.ike.message.Message;
import org.larval.ike.message.MessageReader;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Payload;
import org.larval.ike.message.SkPayload;
import org.larval.ike.message.SkfPayload;

/**
 * Takes the messages of one IKE SA from outside: authenticated first, then read, then given to
 * whoever waits for them. What cannot be authenticated changes nothing.
 */
final class Inbox {
  private static final int MOST_FORGERIES = 16;

  private final IkeSa sa;
  private final Map<Integer, Fragments> requests = new HashMap<>();
  private @Nullable Fragments response;
  private int responseId = -1;
  private int forgeries;
  private Endpoint local;
  private Endpoint remote;

  Inbox(IkeSa sa) {
    this.sa = sa;
    local = sa.local();
    remote = sa.remote();
  }

  /** Where the message at hand went to. */
  Endpoint local() {
    return local;
  }

  /** Where the message at hand came from. */
  Endpoint remote() {
    return remote;
  }

  /** A protected message, or the response of the first exchange. */
  void onMessage(Turn turn, Endpoint here, Endpoint there, Message outer, Octets octets) {
    Header header = outer.header();
    if (header.is(ExchangeType.IKE_SA_INIT)) {
      onFirstResponse(turn, outer, octets);
      return;
    }
    if (outer.payloads().isEmpty() || sa.gone() || tooManyForgeries()) {
      return;
    }
    Payload last = outer.payloads().getLast();
    Octets content =
        last instanceof SkPayload sk
            ? sk.body()
            : last instanceof SkfPayload skf ? skf.body() : null;
    byte @Nullable [] inner = content == null ? null : sa.envelope().open(octets, content);
    if (inner == null) {
      forgeries++;
      sa.log(turn, "a message that is not the peer's is ignored: " + header);
      return;
    }
    local = here;
    remote = there;
    if (header.response() ? !sa.requests().expects(header) : !isNew(turn, header, last)) {
      return;
    }
    if (last instanceof SkfPayload fragment) {
      onFragment(turn, header, fragment, inner);
    } else if (last instanceof SkPayload sk) {
      onContent(turn, header, sk.inner(), inner);
    }
  }

  /** Until the peers know each other, guessing is cheap for others and dear for us. */
  private boolean tooManyForgeries() {
    return !sa.initiator && !sa.established() && forgeries >= MOST_FORGERIES;
  }

  private boolean isNew(Turn turn, Header header, Payload last) {
    // a whole response for each fragment of a repeated request would be an amplifier
    boolean first = !(last instanceof SkfPayload fragment) || fragment.number() == 1;
    return first
        ? sa.replies().isNew(turn, header)
        : header.messageId() - sa.replies().expected() >= 0;
  }

  private void onFirstResponse(Turn turn, Message message, Octets octets) {
    if (!message.header().response()
        || !sa.initiator
        || sa.hasKeys()
        || !sa.requests().expects(message.header())
        || !(sa.requests().active() instanceof SaInitInitiator init)) {
      return;
    }
    sa.log(turn, "got", message);
    if (message.unsupportedCritical() != 0 || init.hesitates(turn, message)) {
      return;
    }
    sa.handshake().peerInit = octets;
    turn.spend(sa.host.settings().costs().message());
    sa.requests().onResponse(turn, message);
  }

  private void onFragment(Turn turn, Header header, SkfPayload fragment, byte[] inner) {
    if (!sa.envelope().takesFragments()) {
      return;
    }
    Fragments.Outcome outcome = fragments(header).add(fragment, Octets.of(inner));
    if (outcome instanceof Fragments.Ignored ignored) {
      sa.log(turn, "a fragment of " + header + " is ignored: " + ignored.why());
    } else if (outcome instanceof Fragments.Whole whole) {
      requests.remove(header.messageId());
      response = null;
      onContent(turn, header, whole.firstType(), whole.plain());
    }
  }

  private Fragments fragments(Header header) {
    int limit = sa.host.settings().reassemblyLimit();
    if (!header.response()) {
      requests.keySet().removeIf(id -> id - sa.replies().expected() < 0);
      return requests.computeIfAbsent(
          header.messageId(), id -> new Fragments(Fragments.MAX_FRAGMENTS, limit));
    }
    if (response == null || responseId != header.messageId()) {
      response = new Fragments(Fragments.MAX_FRAGMENTS, limit);
      responseId = header.messageId();
    }
    return response;
  }

  private void onContent(Turn turn, Header header, int first, byte[] inner) {
    List<Payload> payloads = new ArrayList<>();
    @Nullable RefusedException problem = null;
    try {
      payloads.addAll(MessageReader.payloads(first, inner));
    } catch (MalformedMessageException malformed) {
      problem = new RefusedException(malformed.answer(), "malformed: " + malformed.getMessage());
    }
    // only now: a message of before, sent again by anybody, proves neither life nor a new address
    sa.heard(turn);
    Addresses.follow(turn, sa, local, remote, header);
    Message message = new Message(header, payloads);
    int critical = message.unsupportedCritical();
    if (critical != 0) {
      problem =
          new RefusedException(
              NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD,
              Octets.number(critical, 1),
              "the peer insists on payload " + critical + ", which nobody here knows");
    }
    sa.log(turn, "got", message);
    if (header.is(ExchangeType.IKE_INTERMEDIATE) && !sa.established()) {
      sa.envelope().link(header, first, inner);
    }
    turn.spend(sa.host.settings().costs().message());
    if (!header.response()) {
      sa.succession().used(turn, message);
      sa.replies()
          .answer(turn, message, problem == null ? Desk.of(sa, message) : refusing(problem));
    } else if (problem == null) {
      sa.requests().onResponse(turn, message);
    } else {
      sa.log(turn, problem.why());
      sa.requests().onResponse(turn, message.with(List.of()));
    }
  }

  private static Answer refusing(RefusedException problem) {
    return (turn, request, response) -> {
      throw problem;
    };
  }
}
