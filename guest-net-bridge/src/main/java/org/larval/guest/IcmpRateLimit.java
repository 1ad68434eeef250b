package org.larval.guest;

/**
 * How many ICMP errors a guest may send: 1000 a second with bursts of 50 in all
 * (icmp_msgs_per_sec), and one a second with bursts of 6 to one destination (icmp_ratelimit). Token
 * buckets in nanoseconds; destinations share a fixed number of buckets.
 */
final class IcmpRateLimit {
  private static final long GLOBAL_INTERVAL = 1_000_000L;
  private static final long GLOBAL_BURST = 50;
  private static final long PEER_INTERVAL = 1_000_000_000L;
  private static final long PEER_BURST = 6;
  private static final int PEERS = 256;

  /** When each bucket was empty last, so that credit is the time since then. */
  private long globalEmpty = -GLOBAL_BURST * GLOBAL_INTERVAL;

  private long[] peerEmpty = {};
  private long[] peerHash = {};

  /** Whether one more error may go to the destination; counts it if so. */
  boolean allow(long now, long targetHigh, long targetLow) {
    long global = Math.max(globalEmpty, now - GLOBAL_BURST * GLOBAL_INTERVAL);
    if (now - global < GLOBAL_INTERVAL) {
      return false;
    }
    if (peerEmpty.length == 0) {
      peerEmpty = new long[PEERS];
      peerHash = new long[PEERS];
    }
    long hash = (targetHigh * 31 + targetLow) * 0x9e37_79b9_7f4a_7c15L | 1;
    int slot = (int) (hash >>> 56) & PEERS - 1;
    long full = now - PEER_BURST * PEER_INTERVAL;
    long peer = peerHash[slot] == hash ? Math.max(peerEmpty[slot], full) : full;
    if (now - peer < PEER_INTERVAL) {
      return false;
    }
    peerHash[slot] = hash;
    peerEmpty[slot] = peer + PEER_INTERVAL;
    globalEmpty = global + GLOBAL_INTERVAL;
    return true;
  }
}
