package org.larval.ike.eap;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/** The side that is asked, in IKE the initiator (RFC 3748 section 4.2). */
public final class EapPeer {
  private static final int MAX_ROUNDS = 200;

  private final Octets identity;
  private final List<PeerMethod> methods;
  private @Nullable PeerMethod chosen;
  private int rounds;

  /**
   * For one conversation.
   *
   * @param identity told when asked
   * @param methods what it is willing to do, best first
   */
  public EapPeer(Octets identity, List<? extends PeerMethod> methods) {
    this.identity = identity;
    this.methods = List.copyOf(methods);
  }

  /** What the server said. */
  public EapStep onPacket(Octets encoded) {
    EapPacket packet = EapPacket.of(encoded);
    if (packet == null || ++rounds > MAX_ROUNDS) {
      return failed(packet == null ? "the server's EAP packet is malformed" : "EAP has no end");
    }
    return switch (packet.code()) {
      case EapPacket.REQUEST -> request(packet);
      case EapPacket.SUCCESS -> success();
      case EapPacket.FAILURE -> {
        String reason = chosen == null ? null : chosen.failure();
        yield failed(reason == null ? "the server ended EAP with failure" : reason);
      }
      default -> failed("the server sent an EAP response");
    };
  }

  private EapStep success() {
    Secret msk = chosen == null ? null : chosen.msk();
    return msk == null
        ? failed("the server claims success before it has proven itself")
        : new EapStep.Success(Octets.EMPTY, msk, identity);
  }

  private EapStep request(EapPacket packet) {
    switch (packet.type()) {
      case EapPacket.IDENTITY -> {
        return answer(packet, EapPacket.IDENTITY, identity);
      }
      case EapPacket.NOTIFICATION -> {
        return answer(packet, EapPacket.NOTIFICATION, Octets.EMPTY);
      }
      default -> {
        // one that began may not be swapped for another
        if (chosen == null) {
          chosen = method(packet.type());
        }
      }
    }
    PeerMethod method = chosen;
    if (method == null) {
      return answer(packet, EapPacket.NAK, wanted());
    }
    if (method.type() != packet.type()) {
      return failed("the server changes the EAP method half way");
    }
    try {
      return answer(packet, method.type(), method.respond(packet.data()));
    } catch (EapException e) {
      return failed(String.valueOf(e.getMessage()));
    }
  }

  private @Nullable PeerMethod method(int type) {
    return methods.stream().filter(one -> one.type() == type).findFirst().orElse(null);
  }

  /** Types for a NAK; 0 when there is none. */
  private Octets wanted() {
    Octets types = Octets.EMPTY;
    for (PeerMethod one : methods) {
      types = types.and(Octets.number(one.type(), 1));
    }
    return types.isEmpty() ? Octets.number(0, 1) : types;
  }

  private static EapStep answer(EapPacket request, int type, Octets data) {
    return new EapStep.Send(
        new EapPacket(EapPacket.RESPONSE, request.identifier(), type, data).encoded());
  }

  private static EapStep failed(String reason) {
    return new EapStep.Failure(Octets.EMPTY, reason);
  }
}
