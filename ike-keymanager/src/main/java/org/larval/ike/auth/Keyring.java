package org.larval.ike.auth;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;

/** What a host knows to prove who it is and to check who others are. It prints nothing secret. */
public final class Keyring {
  /** How much more the peer's identity counts than ours when a secret is chosen. */
  private static final int PEER = 64;

  private final List<Shared> shared = new ArrayList<>();
  private final List<Own> own = new ArrayList<>();
  private final List<Certificate> anchors = new ArrayList<>();
  private final List<Certificate> intermediates = new ArrayList<>();
  private final List<Octets> revocations = new ArrayList<>();
  private final Map<Identity, VerificationKey> raw = new LinkedHashMap<>();
  private final Map<String, Secret> eap = new LinkedHashMap<>();
  private final Map<String, Secret> ppk = new LinkedHashMap<>();

  private record Shared(List<Identity> owners, Secret secret) {}

  /**
   * A key of this host.
   *
   * @param name that a connection may choose it by
   * @param key that signs
   * @param chain its certificate first, then those that lead to an authority; empty for a raw
   *     public key (RFC 7670)
   */
  public record Own(String name, SigningKey key, List<Certificate> chain) {
    /** Keeps its own copy of the chain. */
    public Own {
      chain = List.copyOf(chain);
    }
  }

  /** A preshared key of identities; of anybody if there are none. */
  public Keyring shared(List<Identity> owners, Secret secret) {
    shared.add(new Shared(List.copyOf(owners), secret));
    return this;
  }

  /** A key of this host. */
  public Keyring own(Own key) {
    own.add(key);
    return this;
  }

  /** An authority that is trusted. */
  public Keyring anchor(Certificate authority) {
    anchors.add(authority);
    return this;
  }

  /** A certificate that may help to reach an authority. */
  public Keyring intermediate(Certificate certificate) {
    intermediates.add(certificate);
    return this;
  }

  /** A revocation list in DER. */
  public Keyring revocations(Octets list) {
    revocations.add(list);
    return this;
  }

  /** The raw public key of a peer. */
  public Keyring raw(Identity peer, VerificationKey key) {
    raw.put(peer, key);
    return this;
  }

  /** The password of an EAP identity. */
  public Keyring eap(String identity, Secret password) {
    eap.put(identity, password);
    return this;
  }

  /** A post-quantum preshared key (RFC 8784). */
  public Keyring ppk(String id, Secret key) {
    ppk.put(id, key);
    return this;
  }

  /**
   * The preshared key of two identities: the one that names them best. One that names others is for
   * them alone. Null if there is none.
   */
  public @Nullable Secret sharedBy(Identity ours, Identity theirs) {
    Secret best = null;
    int bestScore = 0;
    for (Shared one : shared) {
      int score = score(one.owners(), ours, theirs);
      if (score > bestScore) {
        bestScore = score;
        best = one.secret();
      }
    }
    return best;
  }

  private static int score(List<Identity> owners, Identity ours, Identity theirs) {
    int us = 0;
    int them = 0;
    boolean others = false;
    for (Identity owner : owners) {
      int oursFits = ours.matches(owner);
      int theirsFits = theirs.matches(owner);
      us = Math.max(us, oursFits);
      them = Math.max(them, theirsFits);
      others |= oursFits == 0 && theirsFits == 0;
    }
    return others && them == 0 ? 0 : 1 + us + PEER * them;
  }

  /** Whether there is any preshared key. */
  public boolean hasShared() {
    return !shared.isEmpty();
  }

  /** Whether there is any password for EAP. */
  public boolean hasPasswords() {
    return !eap.isEmpty();
  }

  /** Whether there is an authority or a raw public key, without which no signature is believed. */
  public boolean trustsSomebody() {
    return !anchors.isEmpty() || !raw.isEmpty();
  }

  /** The password of an EAP identity, or null. */
  public @Nullable Secret eapPassword(String identity) {
    return eap.get(identity);
  }

  /** The post-quantum preshared key of a name, or null. */
  public @Nullable Secret ppkOf(String id) {
    return ppk.get(id);
  }

  /** Keys of this host, those named if any are. */
  public List<Own> keys(List<String> names) {
    return own.stream().filter(one -> names.isEmpty() || names.contains(one.name())).toList();
  }

  /** The raw public key of a peer, or null. */
  public @Nullable VerificationKey rawOf(Identity peer) {
    return raw.get(peer);
  }

  /** Authorities that are trusted. */
  public List<Certificate> anchors() {
    return List.copyOf(anchors);
  }

  /** Certificates that may help to reach them. */
  public List<Certificate> intermediates() {
    return List.copyOf(intermediates);
  }

  /** Revocation lists in DER. */
  public List<Octets> revocations() {
    return List.copyOf(revocations);
  }
}
