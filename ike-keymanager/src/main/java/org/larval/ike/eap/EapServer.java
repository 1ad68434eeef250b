package org.larval.ike.eap;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/** The side that asks, in IKE the responder (RFC 3748 section 4.1). */
public final class EapServer {
  private static final int MAX_ROUNDS = 200;
  private static final int MAX_IDENTITY = 1024;

  private final List<ServerMethod> methods;
  private final boolean askIdentity;
  private @Nullable ServerMethod current;
  private Octets identity;
  private int identifier;
  private int rounds;

  /**
   * For one conversation.
   *
   * @param identity who the peer is taken for until it is asked: the data of its IKE identity
   * @param askIdentity whether to ask for one of EAP
   * @param methods best first; the next one is tried when the peer declines
   * @param random for the first identifier
   */
  public EapServer(
      Octets identity,
      boolean askIdentity,
      List<? extends ServerMethod> methods,
      RandomGenerator random) {
    this.identity = identity;
    this.askIdentity = askIdentity;
    this.methods = new ArrayList<>(methods);
    this.identifier = random.nextInt(256);
  }

  /** The first packet. */
  public EapStep begin() {
    return askIdentity ? request(EapPacket.IDENTITY, Octets.EMPTY) : beginMethod();
  }

  private EapStep beginMethod() {
    if (methods.isEmpty()) {
      return failed("the peer declined every EAP method offered");
    }
    ServerMethod method = methods.removeFirst();
    current = method;
    try {
      return request(method.type(), method.begin(identity));
    } catch (EapException e) {
      return failed(String.valueOf(e.getMessage()));
    }
  }

  /** What the peer said. */
  public EapStep onPacket(Octets encoded) {
    EapPacket packet = EapPacket.of(encoded);
    if (packet == null
        || packet.code() != EapPacket.RESPONSE
        || packet.identifier() != identifier) {
      return failed("the peer's EAP packet is malformed or answers another request");
    }
    if (++rounds > MAX_ROUNDS) {
      return failed("EAP has no end");
    }
    ServerMethod method = current;
    if (method == null) {
      if (packet.type() != EapPacket.IDENTITY || packet.data().size() > MAX_IDENTITY) {
        return failed("the peer does not tell its EAP identity");
      }
      identity = packet.data();
      return beginMethod();
    }
    if (packet.type() == EapPacket.NAK) {
      return declined(packet.data());
    }
    if (packet.type() != method.type()) {
      return failed("the peer answers with another EAP method");
    }
    try {
      Octets next = method.next(packet.data());
      return next == null ? finished(method) : request(method.type(), next);
    } catch (EapException e) {
      return failed(String.valueOf(e.getMessage()));
    }
  }

  private EapStep declined(Octets wanted) {
    methods.removeIf(
        one -> {
          for (int at = 0; at < wanted.size(); at++) {
            if (wanted.at(at) == one.type()) {
              return false;
            }
          }
          return true;
        });
    return beginMethod();
  }

  private EapStep finished(ServerMethod method) {
    Secret msk = method.msk();
    return msk == null
        ? failed("the EAP method gave no key")
        : new EapStep.Success(
            new EapPacket(EapPacket.SUCCESS, identifier, 0, Octets.EMPTY).encoded(), msk, identity);
  }

  private EapStep request(int type, Octets data) {
    identifier = (identifier + 1) & 0xff;
    return new EapStep.Send(new EapPacket(EapPacket.REQUEST, identifier, type, data).encoded());
  }

  private EapStep failed(String reason) {
    return new EapStep.Failure(
        new EapPacket(EapPacket.FAILURE, identifier, 0, Octets.EMPTY).encoded(), reason);
  }
}
