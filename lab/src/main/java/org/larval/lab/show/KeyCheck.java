package org.larval.lab.show;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.KeyExchangeMethod;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Prf;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Transform;
import org.larval.lab.show.IkeKeyFile.ChildSet;
import org.larval.lab.show.IkeKeyFile.IkeSet;
import org.larval.lab.show.ShowReport.KeySet;

/**
 * Derives all keys of a key file again, from the shared secrets in it and the nonces and SPIs of
 * the capture, and compares.
 */
final class KeyCheck {
  private static final List<String> DERIVED =
      List.of("SK_d", "SK_ai", "SK_ar", "SK_ei", "SK_er", "SK_pi", "SK_pr");
  private static final List<String> CHILD = List.of("enc_i", "int_i", "enc_r", "int_r");
  private static final List<String> PPK = List.of("SK_d", "SK_pi", "SK_pr");

  private final IkeHistory history;
  private final IkeKeyFile file;
  private final List<Secret> ppks;

  KeyCheck(IkeHistory history, IkeKeyFile file, List<Secret> ppks) {
    this.history = history;
    this.file = file;
    this.ppks = ppks;
  }

  /** Every set of the file, in its order. */
  List<KeySet> check() {
    // which set is whose must be known before the sets that come from it
    for (IkeSet set : file.ike()) {
      IkeSa sa = set.spis() == null ? null : history.sa(set.spis());
      if (sa != null) {
        sa.sets.add(set);
      }
    }
    List<KeySet> results = new ArrayList<>();
    for (IkeSet set : file.ike()) {
      results.add(ike(set));
    }
    for (ChildSet set : file.child()) {
      results.add(child(set));
    }
    return results;
  }

  private KeySet ike(IkeSet set) {
    String why = null;
    IkeSa found = null;
    if (secret(set, DERIVED).isEmpty()) {
      why = "the set lists no keys";
    } else if (set.spis() != null && history.sa(set.spis()) == null) {
      why = "the exchange that made it is not in the capture";
    } else {
      found = owner(set);
      why = found == null ? "other keys come from the nonces and shared secrets" : null;
    }
    if (found != null) {
      found.sets.add(set);
      why = afterPpk(set, found);
    }
    IkeSpis spis = found != null ? found.spis : set.spis();
    return new KeySet(
        "ike",
        set.number(),
        spis == null ? List.of() : List.of(spis.toString()),
        set.proposal(),
        why == null,
        why);
  }

  private @Nullable IkeSa owner(IkeSet set) {
    List<IkeSa> candidates = history.sas();
    if (set.spis() != null) {
      IkeSa named = history.sa(set.spis());
      candidates = named == null ? List.of() : List.of(named);
    }
    for (IkeSa sa : candidates) {
      if (comesFrom(sa, set)) {
        return sa;
      }
    }
    return null;
  }

  private boolean comesFrom(IkeSa sa, IkeSet set) {
    Prf prf = sa.prf();
    if (prf == null || prf.refusal() != null) {
      return false;
    }
    KeySchedule schedule = new KeySchedule(prf);
    for (Secret seed : sa.parent == null ? initial(sa, set, schedule) : rekeyed(sa, set)) {
      Secret listed = secret(set, DERIVED);
      Secret nonces = Secret.taking(sa.ni.and(sa.nr).and(sa.spis.octets()).toArray());
      boolean same = set.key("SKEYSEED").isEmpty() || set.key("SKEYSEED").equals(seed);
      if (same && schedule.prfPlus(seed, nonces, listed.size()).equals(listed)) {
        return true;
      }
    }
    return false;
  }

  /**
   * SKEYSEEDs that a set of an IKE SA without a predecessor can have: of IKE_SA_INIT, or after
   * further key exchanges (RFC 9370), whose secrets stand in the same set or each in its own.
   */
  private List<Secret> initial(IkeSa sa, IkeSet set, KeySchedule schedule) {
    List<Secret> seeds = new ArrayList<>();
    if (set.shared().isEmpty()) {
      return seeds;
    }
    Secret first = set.shared().getFirst();
    Secret seed = schedule.skeyseed(sa.ni, sa.nr, first);
    seeds.add(seed);
    int d = schedule.prf().size();
    Secret nonces = Secret.taking(sa.ni.and(sa.nr).and(sa.spis.octets()).toArray());
    for (Secret further : furtherSecrets(sa, set)) {
      Secret before = schedule.prfPlus(seed, nonces, d);
      seed = schedule.skeyseedOfAdditional(before, sa.ni, sa.nr, further);
      seeds.add(seed);
    }
    for (IkeSet other : sets(sa)) {
      if (other.number() != set.number() && !other.key("SK_d").isEmpty()) {
        Secret before = other.key("SK_d");
        seeds.add(schedule.skeyseedOfAdditional(before, sa.ni, sa.nr, first));
      }
    }
    return seeds;
  }

  /** Secrets behind the first; those that stand in one string are cut by the agreed methods. */
  private static List<Secret> furtherSecrets(IkeSa sa, IkeSet set) {
    List<Secret> listed = set.shared().subList(1, set.shared().size());
    List<Integer> sizes = new ArrayList<>();
    for (int type = Transform.ADDKE1; type < Transform.ADDKE1 + 7; type++) {
      for (Transform one : sa.answer.ofType(type)) {
        KeyExchangeMethod method = KeyExchangeMethod.of(one.id());
        if (method != null && method != KeyExchangeMethod.NONE) {
          sizes.add(sharedSize(method));
        }
      }
    }
    boolean joined = listed.size() == 1 && sizes.size() > 1;
    if (!joined || listed.getFirst().size() != sizes.stream().mapToInt(s -> s).sum()) {
      return listed;
    }
    List<Secret> cut = new ArrayList<>();
    int at = 0;
    for (int size : sizes) {
      cut.add(listed.getFirst().slice(at, size));
      at += size;
    }
    return cut;
  }

  private static int sharedSize(KeyExchangeMethod method) {
    String name = method.keyword();
    return name.startsWith("mlkem")
        ? 32
        : name.startsWith("ecp") ? method.initiatorSize() / 2 : method.initiatorSize();
  }

  /** SKEYSEEDs of a set whose IKE SA replaces another, by the PRF of that one. */
  private List<Secret> rekeyed(IkeSa sa, IkeSet set) {
    List<Secret> seeds = new ArrayList<>();
    IkeSa parent = sa.parent;
    Prf prf = parent == null ? null : parent.prf();
    if (parent == null || prf == null || prf.refusal() != null || set.shared().isEmpty()) {
      return seeds;
    }
    KeySchedule schedule = new KeySchedule(prf);
    for (IkeSet old : sets(parent)) {
      for (Secret d : List.of(old.last("SK_d"), old.key("SK_d"))) {
        if (old.number() != set.number() && !d.isEmpty()) {
          // without additional key exchanges, what stands there is of another one
          List<Secret> own = IkeSa.further(sa.answer) ? set.shared() : set.shared().subList(0, 1);
          seeds.add(schedule.skeyseedOfRekey(d, sa.ni, sa.nr, own));
        }
      }
    }
    return seeds;
  }

  /** Sets that are this SA's, or may be. */
  private List<IkeSet> sets(IkeSa sa) {
    List<IkeSet> sets = new ArrayList<>(sa.sets);
    for (IkeSet set : file.ike()) {
      if (set.spis() == null && !sets.contains(set)) {
        sets.add(set);
      }
    }
    return sets;
  }

  /** What is wrong with the keys that a postquantum preshared key changed, or null. */
  private @Nullable String afterPpk(IkeSet set, IkeSa sa) {
    Prf prf = sa.prf();
    if (set.afterPpk().isEmpty() || ppks.isEmpty() || prf == null) {
      return null;
    }
    KeySchedule schedule = new KeySchedule(prf);
    for (Secret ppk : ppks) {
      boolean same = true;
      for (String name : PPK) {
        Secret listed = set.afterPpk().get(name);
        Secret before = set.key(name);
        same &= listed == null || schedule.prfPlus(ppk, before, before.size()).equals(listed);
      }
      if (same) {
        return null;
      }
    }
    return "other keys come from the postquantum preshared key";
  }

  private KeySet child(ChildSet set) {
    String why = "the exchange that made it is not in the capture";
    if (secret(set, CHILD).isEmpty()) {
      why = "the set lists no keys";
    } else {
      for (IkeSa.Child child : candidates(set)) {
        why = why(set, child);
        if (why == null) {
          break;
        }
      }
    }
    return new KeySet(
        "child",
        set.number(),
        set.spis().stream().map(spi -> HexFormat.of().toHexDigits(spi)).toList(),
        set.proposal(),
        why == null,
        why);
  }

  /** Exchanges that name one of its SPIs; all if it has none, or no message names them. */
  private List<IkeSa.Child> candidates(ChildSet set) {
    List<IkeSa.Child> all = history.children();
    List<IkeSa.Child> named =
        all.stream().filter(one -> intersect(one.spis(), set.spis())).toList();
    return named.isEmpty() ? all : named;
  }

  private static boolean intersect(Set<Integer> some, List<Integer> others) {
    return others.stream().anyMatch(some::contains);
  }

  private @Nullable String why(ChildSet set, IkeSa.Child child) {
    Prf prf = child.sa().prf();
    if (prf == null || prf.refusal() != null) {
      return "the PRF of its IKE SA is not known";
    }
    if (child.ke() && set.shared().isEmpty()) {
      return "the shared secret of its key exchange is not in the file";
    }
    KeySchedule schedule = new KeySchedule(prf);
    Secret listed = secret(set, CHILD);
    List<Secret> shared = child.ke() ? set.shared() : List.of();
    if (child.further() && shared.size() == 1) {
      return "the shared secrets of its additional key exchanges are not in the file";
    }
    for (IkeSet of : sets(child.sa())) {
      for (Secret d : List.of(of.last("SK_d"), of.key("SK_d"))) {
        Secret seed = seed(shared, child.ni(), child.nr());
        if (!d.isEmpty() && schedule.prfPlus(d, seed, listed.size()).equals(listed)) {
          return null;
        }
      }
    }
    return "other keys come from the nonces and SK_d";
  }

  /** g^ir | Ni | Nr | SK(1) | ... | SK(n). */
  private static Secret seed(List<Secret> shared, Octets ni, Octets nr) {
    Secret seed = shared.isEmpty() ? Secret.EMPTY : shared.getFirst();
    seed = seed.and(ni).and(nr);
    for (int i = 1; i < shared.size(); i++) {
      seed = seed.and(shared.get(i));
    }
    return seed;
  }

  private static Secret secret(IkeSet set, List<String> names) {
    Secret all = Secret.EMPTY;
    for (String name : names) {
      all = all.and(set.key(name));
    }
    return all;
  }

  private static Secret secret(ChildSet set, List<String> names) {
    Secret all = Secret.EMPTY;
    for (String name : names) {
      all = all.and(set.key(name));
    }
    return all;
  }
}
