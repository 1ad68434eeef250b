package org.larval.ike.sa;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.AuthOctets;
import org.larval.ike.auth.Certificate;
import org.larval.ike.auth.CertificateChecks;
import org.larval.ike.auth.CertificateRequests;
import org.larval.ike.auth.CredentialException;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Keyring;
import org.larval.ike.auth.Revocation;
import org.larval.ike.auth.SignatureRules;
import org.larval.ike.auth.Signatures;
import org.larval.ike.auth.Verdict;
import org.larval.ike.auth.VerificationKey;
import org.larval.ike.config.Authentication;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.AuthMethod;
import org.larval.ike.message.AuthPayload;
import org.larval.ike.message.CertPayload;
import org.larval.ike.message.CertReqPayload;
import org.larval.ike.message.CertificateEncoding;
import org.larval.ike.message.IdPayload;
import org.larval.ike.message.IdType;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;

/** How the ends prove who they are (RFC 7296 section 2.15): AUTH, and the certificates with it. */
final class Proof {
  private final IkeSa sa;
  private final KeySchedule schedule;

  Proof(IkeSa sa) {
    this.sa = sa;
    schedule = new KeySchedule(sa.suite().prf());
  }

  /** The ID payload of an identity. */
  static IdPayload id(boolean ofInitiator, Identity identity) {
    return new IdPayload(false, ofInitiator, identity.kind(), 0, identity.data());
  }

  static Identity identity(IdPayload payload) throws RefusedException {
    if (IdType.of(payload.kind()) == null) {
      throw new RefusedException(
          NotifyType.AUTHENTICATION_FAILED, "an identity of unknown kind " + payload.kind());
    }
    return new Identity(payload.kind(), payload.data());
  }

  /** Who this end is: as configured, by its certificate, or by its address. */
  Identity ours() {
    Identity configured = sa.connection().localAuth().identity();
    if (configured.kind() != Identity.ANY) {
      return configured;
    }
    Authentication auth = sa.connection().localAuth();
    if (auth.method() == Authentication.Method.NULL) {
      return Identity.NOBODY;
    }
    Keyring.Own own = auth.method() == Authentication.Method.PUBKEY ? key(configured) : null;
    return own == null || own.chain().isEmpty()
        ? Identity.of(sa.local().address())
        : own.chain().getFirst().subject();
  }

  private Octets signed(boolean ours, IdPayload id) {
    Handshake shared = sa.handshake();
    boolean ofInitiator = ours == sa.initiator;
    Octets chain =
        shared.intermediateI.isEmpty()
            ? Octets.EMPTY
            : AuthOctets.intAuth(shared.intermediateI, shared.intermediateR, shared.authId);
    return AuthOctets.of(
        schedule,
        ofInitiator ? sa.keys().pi() : sa.keys().pr(),
        ours ? shared.ourInit : shared.peerInit,
        ofInitiator ? shared.nr : shared.ni,
        id.signed(),
        chain);
  }

  /** Certificates to show, in front of AUTH. */
  void certificates(Draft draft) {
    Keyring.Own own = key(sa.localId());
    if (own == null) {
      return;
    }
    if (own.chain().isEmpty()) {
      draft.add(
          new CertPayload(
              CertificateEncoding.RAW_PUBLIC_KEY.number(), own.key().publicKey().encoded()));
    }
    for (Certificate one : own.chain()) {
      if (!one.selfIssued() || own.chain().size() == 1) {
        draft.add(new CertPayload(CertificateEncoding.X509_SIGNATURE.number(), one.encoded()));
      }
    }
  }

  /** Which authorities we trust. */
  static void request(IkeSa sa, Draft draft) {
    List<Certificate> anchors = sa.host.keyring().anchors();
    if (!anchors.isEmpty()) {
      draft.add(
          new CertReqPayload(
              CertificateEncoding.X509_SIGNATURE.number(), CertificateRequests.data(anchors)));
    }
  }

  private Keyring.@Nullable Own key(Identity identity) {
    List<Keyring.Own> keys = sa.host.keyring().keys(sa.connection().localAuth().certificates());
    Keyring.Own named = null;
    for (Keyring.Own one : keys) {
      boolean names =
          identity.kind() == Identity.ANY
              || one.chain().isEmpty()
              || CertificateChecks.names(one.chain().getFirst(), identity);
      if (names && wanted(one)) {
        return one;
      }
      if (names && named == null) {
        named = one;
      }
    }
    return named;
  }

  private boolean wanted(Keyring.Own own) {
    List<CertReqPayload> requests = sa.handshake().authorities;
    return requests.isEmpty()
        || own.chain().isEmpty()
        || requests.stream().anyMatch(one -> CertificateRequests.wants(one.data(), own.chain()));
  }

  /**
   * Our AUTH.
   *
   * @param msk key that EAP has made, or null
   */
  AuthPayload make(Turn turn, @Nullable Secret msk) throws RefusedException {
    Authentication auth = sa.connection().localAuth();
    Octets octets = signed(true, id(sa.initiator, sa.localId()));
    // after EAP both ends show its key, whatever they showed before (RFC 7296 section 2.16)
    if (msk == null && auth.method() == Authentication.Method.PUBKEY) {
      return signature(turn, octets);
    }
    Secret key = msk != null ? msk : key(auth.method(), true);
    Secret code = AuthOctets.sharedKey(schedule, key, octets);
    AuthMethod method = msk != null ? AuthMethod.SHARED_KEY : method(auth);
    return new AuthPayload(method.number(), Octets.of(code.toArray()));
  }

  private static AuthMethod method(Authentication auth) {
    return auth.method() == Authentication.Method.NULL ? AuthMethod.NULL : AuthMethod.SHARED_KEY;
  }

  /** What a side that does not sign proves to know: a shared secret, or nothing but the IKE SA. */
  private Secret key(Authentication.Method method, boolean ours) throws RefusedException {
    if (method != Authentication.Method.PSK) {
      return ours == sa.initiator ? sa.keys().pi() : sa.keys().pr();
    }
    Secret secret = sa.host.keyring().sharedBy(sa.localId(), sa.remoteId());
    if (secret == null) {
      throw new RefusedException(
          NotifyType.AUTHENTICATION_FAILED,
          "there is no shared secret of " + sa.localId() + " and " + sa.remoteId());
    }
    return secret;
  }

  private AuthPayload signature(Turn turn, Octets octets) throws RefusedException {
    Keyring.Own own = key(sa.localId());
    if (own == null) {
      throw new RefusedException(
          NotifyType.AUTHENTICATION_FAILED, "there is no key of " + sa.localId());
    }
    try {
      turn.spend(sa.host.settings().costs().sign());
      Signatures.Signed signature =
          Signatures.sign(
              own.key(),
              octets,
              sa.handshake().peerHashes,
              SignatureRules.INTEROPERABLE,
              sa.host.random());
      return new AuthPayload(signature.method(), signature.data());
    } catch (CredentialException problem) {
      throw failed(String.valueOf(problem.getMessage()));
    }
  }

  private static RefusedException failed(String why) {
    return new RefusedException(NotifyType.AUTHENTICATION_FAILED, why);
  }

  /**
   * Checks the peer's AUTH.
   *
   * @param method how it has to prove who it is
   * @param shown what it has shown, in whatever messages
   * @param msk key that EAP has made, or null
   * @throws RefusedException if it proves nothing
   */
  void check(
      Turn turn,
      Authentication.Method method,
      IdPayload id,
      AuthPayload auth,
      List<CertPayload> shown,
      @Nullable Secret msk)
      throws RefusedException {
    Octets octets = signed(false, id);
    if (method == Authentication.Method.PUBKEY) {
      turn.spend(sa.host.settings().costs().verify());
      verify(turn, id, auth, shown, octets);
      return;
    }
    AuthMethod expected =
        method == Authentication.Method.NULL ? AuthMethod.NULL : AuthMethod.SHARED_KEY;
    if (auth.method() != expected.number()) {
      throw failed(
          "the peer proves itself by "
              + AuthMethod.name(auth.method())
              + ", but "
              + expected.label()
              + " is configured");
    }
    Secret key = msk != null ? msk : key(method, false);
    if (!AuthOctets.sharedKeyHolds(schedule, key, octets, auth.data())) {
      throw failed(
          method == Authentication.Method.PSK
              ? "the shared secret of " + sa.remoteId() + " is not ours"
              : "the AUTH of " + sa.remoteId() + " is wrong");
    }
  }

  private void verify(
      Turn turn, IdPayload id, AuthPayload auth, List<CertPayload> shown, Octets octets)
      throws RefusedException {
    Identity identity = identity(id);
    try {
      VerificationKey key = trusted(turn, identity, shown);
      Signatures.verify(auth.method(), auth.data(), octets, key, SignatureRules.INTEROPERABLE);
    } catch (CredentialException problem) {
      throw failed(String.valueOf(problem.getMessage()));
    }
  }

  private VerificationKey trusted(Turn turn, Identity identity, List<CertPayload> shown)
      throws CredentialException, RefusedException {
    Keyring keyring = sa.host.keyring();
    VerificationKey raw = keyring.rawOf(identity);
    if (raw != null) {
      return raw;
    }
    List<Certificate> certificates = new ArrayList<>();
    List<Octets> lists = new ArrayList<>();
    List<Octets> responses = new ArrayList<>();
    for (CertPayload one : shown) {
      CertificateEncoding encoding = CertificateEncoding.of(one.encoding());
      if (encoding == CertificateEncoding.X509_SIGNATURE) {
        certificates.add(Certificate.of(one.data()));
      } else if (encoding == CertificateEncoding.CRL) {
        lists.add(one.data());
      } else if (encoding == CertificateEncoding.OCSP) {
        responses.add(one.data());
      }
    }
    if (certificates.isEmpty()) {
      throw failed("the peer shows no certificate, and no key of " + identity + " is known");
    }
    List<Certificate> others = new ArrayList<>(certificates.subList(1, certificates.size()));
    others.addAll(keyring.intermediates());
    Verdict verdict =
        new CertificateChecks(
                keyring.anchors(),
                keyring.revocations(),
                Revocation.RELAXED,
                SignatureRules.INTEROPERABLE)
            .check(
                identity,
                certificates.getFirst(),
                others,
                lists,
                responses,
                Instant.ofEpochMilli(sa.host.surroundings().date(turn.now())));
    return switch (verdict) {
      case Verdict.Trusted trusted -> trusted.chain().getFirst().key();
      case Verdict.Refused refused -> throw failed(refused.reason());
    };
  }

  /** The certificates of a message. */
  static List<CertPayload> shown(Message message) {
    return message.all(CertPayload.class);
  }
}
