package org.larval.ike.sa;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeEvent;
import org.larval.ike.config.Settings;
import org.larval.ike.message.Datagram4500;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Header;
import org.larval.ike.message.MalformedMessageException;
import org.larval.ike.message.Message;
import org.larval.ike.message.MessageReader;
import org.larval.ike.message.MessageWriter;
import org.larval.ike.message.NoncePayload;
import org.larval.ike.message.NotifyPayload;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Payload;

/**
 * Where every datagram comes in: it finds its IKE SA, or begins one if the host is not being
 * flooded (RFC 7296 section 2.6, RFC 8019 section 4).
 */
final class Reception {
  /** Octets of the longest first message: it is kept for AUTH before anybody is known. */
  private static final int LONGEST_FIRST = 16_384;

  private static final int RESPONDER_SPI_AT = 8;
  private static final int EXCHANGE_AT = 18;

  private final Host host;
  private final CookieJar cookies;

  Reception(Host host) {
    this.host = host;
    cookies = new CookieJar(host.random());
  }

  void onDatagram(Turn turn, Endpoint local, Endpoint remote, Octets payload) {
    Octets octets = payload;
    if (local.port() != Endpoint.IKE) {
      if (Datagram4500.of(payload) != Datagram4500.IKE) {
        return;
      }
      octets = payload.slice(Datagram4500.MARKER, payload.size() - Datagram4500.MARKER);
    }
    // reading a whole first message is work: a source that floods is not worth it
    if (isFirst(octets) && (flooded(remote) || octets.size() > LONGEST_FIRST)) {
      return;
    }
    Message message;
    try {
      message = MessageReader.read(octets.toArray());
    } catch (MalformedMessageException problem) {
      malformed(turn, local, remote, octets, problem);
      return;
    }
    Header header = message.header();
    if (header.is(ExchangeType.IKE_SA_INIT) && !header.response()) {
      if (header.fromInitiator() && header.responderSpi() == 0 && header.messageId() == 0) {
        first(turn, local, remote, message, octets);
      }
      return;
    }
    IkeSa sa =
        host.table().bySpi(header.fromInitiator() ? header.responderSpi() : header.initiatorSpi());
    if (sa == null || sa.initiator == header.fromInitiator() || !belongs(sa, header)) {
      turn.log(remote.toString(), "a message of no IKE SA is ignored: " + header);
      return;
    }
    sa.inbox().onMessage(turn, local, remote, message, octets);
  }

  private static boolean belongs(IkeSa sa, Header header) {
    long peers = sa.initiator ? header.responderSpi() : header.initiatorSpi();
    return sa.peerSpi() == 0 || peers == sa.peerSpi();
  }

  private static boolean isFirst(Octets octets) {
    return octets.size() > Header.SIZE
        && octets.at(EXCHANGE_AT) == ExchangeType.IKE_SA_INIT.number()
        && octets.integer(RESPONDER_SPI_AT) == 0
        && octets.integer(RESPONDER_SPI_AT + 4) == 0;
  }

  private boolean flooded(Endpoint remote) {
    Settings settings = host.settings();
    int block = settings.blockThresholdPerSource();
    return host.table().halfOpen() >= settings.halfOpenLimit()
        || block != 0 && host.table().halfOpenOf(remote.address()) >= block;
  }

  /** What cannot be read: a newer version is told that we speak 2, everything else nothing. */
  private void malformed(
      Turn turn,
      Endpoint local,
      Endpoint remote,
      Octets octets,
      MalformedMessageException problem) {
    turn.log(remote.toString(), "a malformed message is ignored: " + problem.getMessage());
    if (problem.answer() == NotifyType.INVALID_MAJOR_VERSION && isFirst(octets)) {
      Header answer = new Header(word(octets, 0), 0, ExchangeType.IKE_SA_INIT, false, true, 0);
      reply(turn, local, remote, answer, new NotifyPayload(NotifyType.INVALID_MAJOR_VERSION));
    }
  }

  private static long word(Octets octets, int at) {
    return (long) octets.integer(at) << 32 | Integer.toUnsignedLong(octets.integer(at + 4));
  }

  private void first(Turn turn, Endpoint local, Endpoint remote, Message message, Octets octets) {
    Header header = message.header();
    IkeSa again = host.table().begunBy(remote, octets);
    if (again != null) {
      again.replies().isNew(turn, header);
      return;
    }
    if (header.initiatorSpi() == 0 || message.unsupportedCritical() != 0) {
      return;
    }
    if (!proved(turn, local, remote, message)) {
      return;
    }
    IkeSa sa = new IkeSa(host, false, header.initiatorSpi(), local, remote, null);
    turn.log(remote.toString(), "got", message);
    sa.createdAt(turn.now());
    sa.handshake().peerInit = octets;
    begin(turn, sa, remote, message, octets);
  }

  private void begin(Turn turn, IkeSa sa, Endpoint remote, Message message, Octets octets) {
    turn.spend(host.settings().costs().message());
    host.table().add(sa);
    host.table().halfOpen(sa, remote, octets);
    Agenda.Entry timeout =
        host.agenda()
            .at(
                turn.now() + host.settings().halfOpenTimeout(),
                later -> {
                  host.table().noLongerHalfOpen(remote, octets);
                  if (!sa.established()) {
                    sa.close(later, "half-open for too long");
                  }
                });
    sa.whenKnown(
        () -> {
          timeout.cancel();
          host.table().noLongerHalfOpen(remote, octets);
        });
    sa.replies().answer(turn, message, new SaInitResponder(sa));
  }

  /** Whether an initiator may begin: when many have, only with a cookie. */
  private boolean proved(Turn turn, Endpoint local, Endpoint remote, Message message) {
    Settings settings = host.settings();
    boolean needed =
        host.table().halfOpen() >= settings.cookieThreshold()
            || host.table().halfOpenOf(remote.address()) >= settings.cookieThresholdPerSource();
    if (!needed) {
      return true;
    }
    NoncePayload nonce = message.first(NoncePayload.class);
    @Nullable NotifyPayload shown = message.notification(NotifyType.COOKIE);
    long spi = message.header().initiatorSpi();
    if (nonce == null) {
      return false;
    }
    if (shown != null && cookies.ours(turn.now(), shown.data(), nonce.nonce(), remote, spi)) {
      return true;
    }
    Octets cookie = cookies.bake(turn.now(), nonce.nonce(), remote, spi);
    Header answer = new Header(spi, 0, ExchangeType.IKE_SA_INIT, false, true, 0);
    reply(turn, local, remote, answer, new NotifyPayload(NotifyType.COOKIE, cookie));
    return false;
  }

  private static void reply(
      Turn turn, Endpoint local, Endpoint remote, Header header, Payload payload) {
    Message message = new Message(header, List.of(payload));
    Octets octets = Octets.of(MessageWriter.write(message));
    turn.log(remote.toString(), "sends", message);
    boolean marked = local.port() != Endpoint.IKE;
    turn.emit(new IkeEvent.Send(local, remote, marked ? Octets.number(0, 4).and(octets) : octets));
  }
}
