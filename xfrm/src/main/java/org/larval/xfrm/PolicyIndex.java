package org.larval.xfrm;

import org.jspecify.annotations.Nullable;

/**
 * The policies of one direction and type, so arranged that a look-up's cost hardly depends on how
 * many there are: by family and xfrm interface, then by destination ({@link PrefixTrie}), source
 * and service ({@link PolicyBucket}). The answer equals that of a scan in the order of rank; it is
 * the same whatever the order of insertion.
 */
final class PolicyIndex {
  /** The policies of one family and xfrm interface. */
  private static final class Realm extends KeyTable.Entry {
    final PrefixTrie targets;
    int count;

    Realm(boolean v6, int ifId) {
      targets = new PrefixTrie(v6 ? 128 : 32, false);
      keyHigh = ifId;
    }
  }

  private final KeyTable<Realm> realms4 = new KeyTable<>();
  private final KeyTable<Realm> realms6 = new KeyTable<>();
  private int count;

  boolean isEmpty() {
    return count == 0;
  }

  int count() {
    return count;
  }

  private KeyTable<Realm> realms(boolean v6) {
    return v6 ? realms6 : realms4;
  }

  void add(InstalledPolicy policy) {
    KeyTable<Realm> realms = realms(policy.v6);
    int ifId = policy.policy.ifId();
    Realm realm = realms.get(ifId, 0, 0);
    if (realm == null) {
      realm = new Realm(policy.v6, ifId);
      realms.add(realm);
    }
    realm.targets.add(policy);
    realm.count++;
    count++;
  }

  void remove(InstalledPolicy policy) {
    KeyTable<Realm> realms = realms(policy.v6);
    Realm realm = realms.get(policy.policy.ifId(), 0, 0);
    if (realm == null) {
      throw new IllegalStateException("not in the index: " + policy);
    }
    realm.targets.remove(policy);
    count--;
    if (--realm.count == 0) {
      realms.remove(realm);
    }
  }

  /** Finds the first policy in order that fits; the result stands in the search. */
  @Nullable InstalledPolicy search(int ifId, PolicySearch search) {
    Realm realm = realms(search.flow.v6).get(ifId, 0, 0);
    if (realm != null) {
      realm.targets.search(search, search.targetHigh, search.targetLow);
    }
    return search.best;
  }
}
