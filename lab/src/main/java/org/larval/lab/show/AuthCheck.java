package org.larval.lab.show;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.AuthOctets;
import org.larval.ike.auth.Certificate;
import org.larval.ike.auth.CertificateChecks;
import org.larval.ike.auth.CredentialException;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.SignatureRules;
import org.larval.ike.auth.Signatures;
import org.larval.ike.auth.Verdict;
import org.larval.ike.auth.VerificationKey;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Prf;
import org.larval.ike.crypto.Secret;
import org.larval.ike.eap.MsChapV2Transcript;
import org.larval.ike.message.AuthMethod;
import org.larval.ike.message.AuthPayload;
import org.larval.ike.message.CertPayload;
import org.larval.ike.message.CertificateEncoding;
import org.larval.ike.message.Header;
import org.larval.ike.message.IdPayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.MessageText;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.ike.message.PayloadType;
import org.larval.lab.show.IkeDecoder.Decoded;
import org.larval.lab.show.IkeDecoder.Opened;
import org.larval.lab.show.ShowReport.Auth;

/**
 * Verifies AUTH payloads (RFC 7296 section 2.15): what they cover comes from the capture, SK_pi and
 * SK_pr from the key file, preshared keys and authorities from the command line.
 */
final class AuthCheck {
  /** What is no failure: nobody can tell from what was given. */
  static final String UNKNOWN_MSK = "not verifiable: MSK unknown";

  private final List<Secret> psks;
  private final List<Secret> ppks;
  private final @Nullable CertificateChecks certificates;
  private final List<VerificationKey> rawKeys;
  private final List<Auth> results = new ArrayList<>();

  /**
   * With what is believed.
   *
   * @param certificates null if no authorities were given
   */
  AuthCheck(
      List<Secret> psks,
      List<Secret> ppks,
      @Nullable CertificateChecks certificates,
      List<VerificationKey> rawKeys) {
    this.psks = psks;
    this.ppks = ppks;
    this.certificates = certificates;
    this.rawKeys = rawKeys;
  }

  /** Whether anybody wants to know. */
  boolean asked() {
    return !psks.isEmpty() || certificates != null || !rawKeys.isEmpty();
  }

  /** Every AUTH payload so far. */
  List<Auth> results() {
    return List.copyOf(results);
  }

  /** A message of an IKE SA whose beginning is not in the capture. */
  void unknown(Decoded decoded, Message message) {
    for (AuthPayload auth : message.all(AuthPayload.class)) {
      add(decoded, message, auth, null, "its IKE_SA_INIT is not in the capture");
    }
  }

  /** A message whose contents the signatures cover too (RFC 9242 section 3.3). */
  void intermediate(IkeSa sa, Opened opened) {
    Header header = opened.message().header();
    IkeSa.Side side = sa.side(header.fromInitiator());
    Prf prf = sa.prf();
    IkeKeyFile.IkeSet set = opened.keys().set();
    if (header.messageId() <= side.intermediate || prf == null || set == null) {
      return;
    }
    if (prf.refusal() != null) {
      return;
    }
    side.intermediate = header.messageId();
    side.intAuth =
        new KeySchedule(prf)
            .intAuth(
                set.key(header.fromInitiator() ? "SK_pi" : "SK_pr"),
                side.intAuth,
                adjusted(opened),
                Octets.of(opened.plain()));
  }

  /**
   * The message up to the end of the header of its SK payload, with the lengths and types that it
   * would have without fragments, IV, padding and check value.
   */
  private static Octets adjusted(Opened opened) {
    byte[] first = opened.first();
    int at = opened.content();
    byte[] header = Arrays.copyOf(first, at + 4);
    int total = at + 4 + opened.plain().length;
    int payload = 4 + opened.plain().length;
    ByteBuffer.wrap(header).putInt(24, total).putShort(at + 2, (short) payload);
    // the field that announces the payload is in the header, or in the last payload before it
    int field = 16;
    for (int next = Header.SIZE; next < at; ) {
      field = next;
      next += (first[next + 2] & 0xff) << 8 | first[next + 3] & 0xff;
    }
    header[field] = (byte) PayloadType.ENCRYPTED.number();
    return Octets.of(header);
  }

  /** A message with AUTH; all before it of this IKE SA was seen. */
  void check(IkeSa sa, Decoded decoded, Message message) {
    for (AuthPayload auth : message.all(AuthPayload.class)) {
      IdPayload id = sa.side(message.header().fromInitiator()).id;
      add(decoded, message, auth, id, why(sa, decoded, message, auth, id));
    }
  }

  private void add(
      Decoded decoded,
      Message message,
      AuthPayload auth,
      @Nullable IdPayload id,
      @Nullable String why) {
    String identity = id == null ? "" : MessageText.tree(List.of(id)).getFirst().text();
    boolean tried = asked() || auth.method() == AuthMethod.NULL.number();
    results.add(
        new Auth(
            decoded.frame(),
            IkeSpis.of(message.header()).toString(),
            message.header().fromInitiator() ? "initiator" : "responder",
            AuthMethod.name(auth.method()),
            identity,
            tried && why == null,
            tried ? why : null));
  }

  /** Why it does not verify, or null if it does. */
  private @Nullable String why(
      IkeSa sa, Decoded decoded, Message message, AuthPayload auth, @Nullable IdPayload id) {
    boolean initiator = message.header().fromInitiator();
    IkeSa.Side side = sa.side(initiator);
    IkeDecoder.Keys keys = decoded.keys();
    IkeKeyFile.IkeSet set = keys == null ? null : keys.set();
    Prf prf = sa.prf();
    if (id == null) {
      return "its identity is not in the capture";
    }
    if (set == null) {
      return "SK_pi and SK_pr are not known: give --ike-keys";
    }
    if (prf == null || prf.refusal() != null) {
      return "the PRF of its IKE SA is not known";
    }
    if (side.initial.isEmpty()) {
      return "the IKE_SA_INIT of its IKE SA is not in the capture";
    }
    KeySchedule schedule = new KeySchedule(prf);
    Octets intAuth = intAuth(sa);
    String why = "there is no SK_p" + (initiator ? "i" : "r") + " in the key file";
    for (Secret key : proofKeys(schedule, set, message, initiator ? "SK_pi" : "SK_pr")) {
      Octets octets =
          AuthOctets.of(
              schedule, key, side.initial, initiator ? sa.nr : sa.ni, id.signed(), intAuth);
      why = why(schedule, key, octets, auth, id, side, sa.eap, set.msk(), decoded.nanos());
      if (why == null) {
        return null;
      }
    }
    return why;
  }

  private static Octets intAuth(IkeSa sa) {
    boolean none = sa.initiator.intermediate < 0 && sa.responder.intermediate < 0;
    return none
        ? Octets.EMPTY
        : AuthOctets.intAuth(sa.initiator.intAuth, sa.responder.intAuth, Math.max(sa.firstAuth, 0));
  }

  /** SK_pi or SK_pr; with a postquantum preshared key where the message names one (RFC 8784). */
  private List<Secret> proofKeys(
      KeySchedule schedule, IkeKeyFile.IkeSet set, Message message, String name) {
    List<Secret> keys = new ArrayList<>();
    Secret plain = set.key(name);
    if (!message.has(NotifyType.PPK_IDENTITY)) {
      keys.add(plain);
    } else {
      Secret listed = set.afterPpk().get(name);
      if (listed != null) {
        keys.add(listed);
      }
      for (Secret ppk : ppks) {
        keys.add(schedule.prfPlus(ppk, plain, plain.size()));
      }
    }
    keys.removeIf(Secret::isEmpty);
    return keys;
  }

  private @Nullable String why(
      KeySchedule schedule,
      Secret proofKey,
      Octets octets,
      AuthPayload auth,
      IdPayload id,
      IkeSa.Side side,
      @Nullable MsChapV2Transcript eap,
      Secret msk,
      long nanos) {
    AuthMethod method = AuthMethod.of(auth.method());
    if (method == AuthMethod.NULL) {
      return AuthOctets.sharedKeyHolds(schedule, proofKey, octets, auth.data())
          ? null
          : "it is not what SK_p gives";
    }
    if (method == AuthMethod.SHARED_KEY) {
      for (Secret psk : psks) {
        if (AuthOctets.sharedKeyHolds(schedule, psk, octets, auth.data())) {
          return null;
        }
      }
      if (eap != null) {
        return byEap(schedule, proofKey, octets, auth, eap, msk);
      }
      return psks.isEmpty() ? "needs --psk" : "it is not what the preshared key gives";
    }
    if (certificates == null && rawKeys.isEmpty()) {
      return "needs --ca";
    }
    return signature(octets, auth, id, side, nanos);
  }

  /**
   * RFC 7296 section 2.16: the key is the one that EAP made, or SK_p if its method makes none. That
   * of MSCHAPv2 comes from the password, that of others from the key file.
   */
  private @Nullable String byEap(
      KeySchedule schedule,
      Secret proofKey,
      Octets octets,
      AuthPayload auth,
      MsChapV2Transcript eap,
      Secret listed) {
    List<Secret> known = new ArrayList<>();
    for (Secret password : psks) {
      Secret msk = eap.msk(password);
      if (msk != null) {
        known.add(msk);
      }
    }
    if (!listed.isEmpty()) {
      known.add(listed);
    }
    boolean told = !known.isEmpty();
    known.add(proofKey);
    for (Secret key : known) {
      if (AuthOctets.sharedKeyHolds(schedule, key, octets, auth.data())) {
        return null;
      }
    }
    return told ? "it is not what the MSK of EAP gives" : UNKNOWN_MSK;
  }

  private @Nullable String signature(
      Octets octets, AuthPayload auth, IdPayload id, IkeSa.Side side, long nanos) {
    String why = "the peer sent no certificate, and none of --ca names its identity";
    for (VerificationKey key : rawKeys) {
      why = signature(octets, auth, key);
      if (why == null) {
        return null;
      }
    }
    if (certificates == null) {
      return why;
    }
    try {
      List<Certificate> sent = certificates(side);
      Identity identity = new Identity(id.kind(), id.data());
      if (sent.isEmpty()) {
        for (Certificate known : certificates.anchors()) {
          if (CertificateChecks.names(known, identity)) {
            why = signature(octets, auth, known.key());
          }
        }
        return why;
      }
      Verdict verdict =
          certificates.check(
              identity,
              sent.getFirst(),
              sent.subList(1, sent.size()),
              contents(side, CertificateEncoding.CRL),
              contents(side, CertificateEncoding.OCSP),
              Instant.ofEpochSecond(0, nanos));
      return verdict instanceof Verdict.Refused refused
          ? refused.reason()
          : signature(octets, auth, sent.getFirst().key());
    } catch (CredentialException problem) {
      return problem.getMessage();
    }
  }

  private static List<Certificate> certificates(IkeSa.Side side) throws CredentialException {
    List<Certificate> certificates = new ArrayList<>();
    for (Octets der : contents(side, CertificateEncoding.X509_SIGNATURE)) {
      certificates.add(Certificate.of(der));
    }
    return certificates;
  }

  private static List<Octets> contents(IkeSa.Side side, CertificateEncoding encoding) {
    return side.certificates.stream()
        .filter(one -> one.encoding() == encoding.number())
        .map(CertPayload::data)
        .toList();
  }

  private static @Nullable String signature(Octets octets, AuthPayload auth, VerificationKey key) {
    try {
      Signatures.verify(
          auth.method(), auth.data(), octets, key, new SignatureRules(true, false, 512));
      return null;
    } catch (CredentialException problem) {
      return problem.getMessage();
    }
  }
}
