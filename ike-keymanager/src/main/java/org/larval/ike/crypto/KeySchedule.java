package org.larval.ike.crypto;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import org.larval.ike.message.Octets;

/**
 * Every key of IKEv2 that comes from another one, for one PRF (RFC 7296 sections 2.13 to 2.18). It
 * holds a MAC that it reuses, so one thread at a time.
 */
public final class KeySchedule {
  private static final Octets RESUMPTION =
      Octets.of("Resumption".getBytes(java.nio.charset.StandardCharsets.US_ASCII));

  private final Prf prf;
  private final KeyedMac mac;

  /**
   * For a PRF.
   *
   * @throws IllegalArgumentException for a refused one
   */
  public KeySchedule(Prf prf) {
    String refusal = prf.refusal();
    if (refusal != null) {
      throw new IllegalArgumentException(prf.keyword() + " is refused: " + refusal);
    }
    this.prf = prf;
    this.mac = KeyedMac.of(prf.mac());
  }

  /** The PRF. */
  public Prf prf() {
    return prf;
  }

  /** prf(key, data). */
  public Secret prf(Secret key, Octets data) {
    return prf(key, Secret.EMPTY, data);
  }

  /** prf(key, secret | data). */
  public Secret prf(Secret key, Secret secret, Octets data) {
    mac.init(key.shared());
    mac.update(secret.shared(), 0, secret.size());
    byte[] rest = data.toArray();
    mac.update(rest, 0, rest.length);
    return Secret.taking(mac.finish());
  }

  /**
   * prf+(key, seed) of RFC 7296 section 2.13.
   *
   * @param size octets wanted, at most 255 outputs of the PRF
   */
  public Secret prfPlus(Secret key, Secret seed, int size) {
    if (size > 255 * prf.size()) {
      throw new IllegalArgumentException("prf+ ends after 255 blocks");
    }
    byte[] out = new byte[size];
    byte[] last = new byte[0];
    byte[] counter = new byte[1];
    for (int at = 0; at < size; at += last.length) {
      counter[0]++;
      mac.init(key.shared());
      mac.update(last, 0, last.length);
      mac.update(seed.shared(), 0, seed.size());
      mac.update(counter, 0, 1);
      last = mac.finish();
      System.arraycopy(last, 0, out, at, Math.min(last.length, size - at));
    }
    Arrays.fill(last, (byte) 0);
    return Secret.taking(out);
  }

  /** SKEYSEED of a new IKE SA; a PRF with a fixed key takes 8 octets of each nonce. */
  public Secret skeyseed(Octets ni, Octets nr, Secret shared) {
    Octets key = prf.fixedKey() ? ni.slice(0, 8).and(nr.slice(0, 8)) : ni.and(nr);
    return prf(Secret.taking(key.toArray()), shared, Octets.EMPTY);
  }

  /**
   * SKEYSEED of an IKE SA that replaces another, with the PRF of the old one (RFC 7296 section
   * 2.18).
   *
   * @param shared secrets of its key exchanges in their order, one or more (RFC 9370 section 2.2.4)
   */
  public Secret skeyseedOfRekey(Secret oldD, Octets ni, Octets nr, List<Secret> shared) {
    return prf(oldD, exchanged(ni, nr, shared), Octets.EMPTY);
  }

  /** SKEYSEED(n) after additional key exchange n (RFC 9370 section 2.2.2). */
  public Secret skeyseedOfAdditional(Secret d, Octets ni, Octets nr, Secret shared) {
    return prf(d, shared, ni.and(nr));
  }

  /** SKEYSEED of a resumed IKE SA (RFC 5723 section 5.1). */
  public Secret skeyseedOfResumption(Secret oldD, Octets ni, Octets nr) {
    return prf(oldD, RESUMPTION.and(ni).and(nr));
  }

  /** g^ir | Ni | Nr | SK(1) | ... | SK(n). */
  private static Secret exchanged(Octets ni, Octets nr, List<Secret> shared) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    if (!shared.isEmpty()) {
      all.writeBytes(shared.getFirst().shared());
    }
    all.writeBytes(ni.toArray());
    all.writeBytes(nr.toArray());
    for (int at = 1; at < shared.size(); at++) {
      all.writeBytes(shared.get(at).shared());
    }
    return Secret.taking(all.toByteArray());
  }

  /** The seven keys that come from SKEYSEED, each of the SA's SPIs 8 octets. */
  public IkeKeys keys(
      IkeSuite suite, Secret skeyseed, Octets ni, Octets nr, Octets spiI, Octets spiR) {
    int d = suite.prf().size();
    int a = suite.integrity().keySize();
    int e = suite.encryption().keyMaterialSize(suite.keyBits());
    Secret seed = Secret.taking(ni.and(nr).and(spiI).and(spiR).toArray());
    Secret all = prfPlus(skeyseed, seed, 3 * d + 2 * a + 2 * e);
    int afterA = d + 2 * a;
    int afterE = afterA + 2 * e;
    IkeKeys keys =
        new IkeKeys(
            all.slice(0, d),
            all.slice(d, a),
            all.slice(d + a, a),
            all.slice(afterA, e),
            all.slice(afterA + e, e),
            all.slice(afterE, d),
            all.slice(afterE + d, d));
    all.destroy();
    return keys;
  }

  /** The keys with a postquantum preshared key mixed in (RFC 8784 section 3). */
  public IkeKeys withPpk(IkeKeys keys, Secret ppk) {
    return new IkeKeys(
        prfPlus(ppk, keys.d(), keys.d().size()),
        keys.ai(),
        keys.ar(),
        keys.ei(),
        keys.er(),
        prfPlus(ppk, keys.pi(), keys.pi().size()),
        prfPlus(ppk, keys.pr(), keys.pr().size()));
  }

  /**
   * The keys of a pair of child SAs.
   *
   * @param shared secrets of the child's own key exchanges in their order; empty without
   */
  public ChildKeys child(ChildSuite suite, Secret d, Octets ni, Octets nr, List<Secret> shared) {
    int e = suite.encryptionKeySize();
    int a = suite.integrity().keySize();
    Secret all = prfPlus(d, exchanged(ni, nr, shared), 2 * (e + a));
    ChildKeys keys =
        new ChildKeys(
            all.slice(0, e), all.slice(e, a), all.slice(e + a, e), all.slice(2 * e + a, a));
    all.destroy();
    return keys;
  }

  /**
   * One link of the chain that authenticates IKE_INTERMEDIATE (RFC 9242 section 3.3.2).
   *
   * @param key SK_pi for requests, SK_pr for responses, of the keys that protect this message
   * @param previous the link before, empty for the first
   * @param header from the first octet of the message to the end of the SK payload's own header,
   *     with the lengths it would have unfragmented and unencrypted: payload length 4 plus the size
   *     of {@code inner}
   * @param inner the payloads inside in plain
   */
  public Octets intAuth(Secret key, Octets previous, Octets header, Octets inner) {
    return Octets.of(prf(key, previous.and(header).and(inner)).shared());
  }
}
