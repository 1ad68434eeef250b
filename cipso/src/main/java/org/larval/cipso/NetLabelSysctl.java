package org.larval.cipso;

/** The kernel's switches about labels, by their names under /proc/sys with dots. */
public enum NetLabelSysctl {
  /** Whether what CIPSO options mean is remembered. */
  CIPSO_CACHE_ENABLE("net.ipv4.cipso_cache_enable", 1, 1) {
    @Override
    void set(NetLabel netLabel, int value) {
      netLabel.cacheCipso = value != 0;
    }
  },
  /** How many options are remembered in each of 128 buckets. */
  CIPSO_CACHE_BUCKET_SIZE("net.ipv4.cipso_cache_bucket_size", LabelCache.DEFAULT_BUCKET_SIZE, 256) {
    @Override
    void set(NetLabel netLabel, int value) {
      netLabel.cipsoCacheSize(value);
    }
  },
  /** Whether tag 1 is padded to 14 bytes where that is enough: some peers read it faster. */
  CIPSO_RBM_OPTFMT("net.ipv4.cipso_rbm_optfmt", 0, 1) {
    @Override
    void set(NetLabel netLabel, int value) {
      netLabel.optimisedBitmap(value != 0);
    }
  },
  /** Whether levels and categories of tag 1 that a DOI does not translate are refused by IP. */
  CIPSO_RBM_STRICTVALID("net.ipv4.cipso_rbm_strictvalid", 1, 1) {
    @Override
    void set(NetLabel netLabel, int value) {
      netLabel.strictBitmap(value != 0);
    }
  },
  /** Whether what CALIPSO options mean is remembered. */
  CALIPSO_CACHE_ENABLE("net.ipv6.calipso_cache_enable", 1, 1) {
    @Override
    void set(NetLabel netLabel, int value) {
      netLabel.cacheCalipso = value != 0;
    }
  },
  /** How many of them in each of 128 buckets. */
  CALIPSO_CACHE_BUCKET_SIZE(
      "net.ipv6.calipso_cache_bucket_size", LabelCache.DEFAULT_BUCKET_SIZE, 256) {
    @Override
    void set(NetLabel netLabel, int value) {
      netLabel.calipsoCacheSize(value);
    }
  };

  private final String text;
  private final int atBoot;
  private final int most;

  NetLabelSysctl(String text, int atBoot, int most) {
    this.text = text;
    this.atBoot = atBoot;
    this.most = most;
  }

  abstract void set(NetLabel netLabel, int value);

  /** What it is after boot. */
  public int atBoot() {
    return atBoot;
  }

  /** The greatest value that can be set here; the least is 0. */
  public int most() {
    return most;
  }

  @Override
  public String toString() {
    return text;
  }
}
