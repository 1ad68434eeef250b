package org.larval.lab.show;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Prf;
import org.larval.ike.eap.MsChapV2Transcript;
import org.larval.ike.message.CertPayload;
import org.larval.ike.message.IdPayload;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Transform;

/** What a capture tells of one IKE SA. */
final class IkeSa {
  /** What one end said. */
  static final class Side {
    /** The last octets of its IKE_SA_INIT message; none if this SA came by rekeying. */
    Octets initial = Octets.EMPTY;

    /** The chain over IKE_INTERMEDIATE (RFC 9242), empty before the first. */
    Octets intAuth = Octets.EMPTY;

    /** The id of the last such message, so that a retransmission does not count twice. */
    int intermediate = -1;

    @Nullable IdPayload id;
    final List<CertPayload> certificates = new ArrayList<>();

    /** SPIs that it offered or picked in IKE_AUTH. */
    final Set<Integer> childSpis = new LinkedHashSet<>();
  }

  final IkeSpis spis;
  final @Nullable IkeSa parent;
  final Octets ni;
  final Octets nr;
  final Proposal answer;
  final Side initiator = new Side();
  final Side responder = new Side();

  /** Id of the first IKE_AUTH request, or -1 before there is one. */
  int firstAuth = -1;

  /** What was said by EAP; null if nothing was. */
  @Nullable MsChapV2Transcript eap;

  /** Sets of the key file that are this SA's. */
  final Set<IkeKeyFile.IkeSet> sets = new LinkedHashSet<>();

  /**
   * An IKE SA.
   *
   * @param parent the one that it replaces, or null
   */
  IkeSa(IkeSpis spis, @Nullable IkeSa parent, Octets ni, Octets nr, Proposal answer) {
    this.spis = spis;
    this.parent = parent;
    this.ni = ni;
    this.nr = nr;
    this.answer = answer;
  }

  Side side(boolean ofInitiator) {
    return ofInitiator ? initiator : responder;
  }

  /** The PRF that was agreed on; null if it is none that is known. */
  @Nullable Prf prf() {
    List<Transform> agreed = answer.ofType(Transform.PRF);
    return agreed.size() == 1 ? Prf.of(agreed.getFirst().id()) : null;
  }

  /** Whether additional key exchanges (RFC 9370) were agreed on. */
  static boolean further(Proposal answer) {
    for (int type = Transform.ADDKE1; type < Transform.ADDKE1 + 7; type++) {
      for (Transform one : answer.ofType(type)) {
        if (one.id() != 0) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * A pair of child SAs, or what would have been one.
   *
   * @param ke whether the exchange had a key exchange of its own
   * @param further whether additional key exchanges followed
   * @param spis that both ends named
   */
  record Child(IkeSa sa, Octets ni, Octets nr, boolean ke, boolean further, Set<Integer> spis) {}
}
