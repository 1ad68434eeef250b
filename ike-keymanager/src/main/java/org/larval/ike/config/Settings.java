package org.larval.ike.config;

/**
 * What holds for a whole IKE host.
 *
 * @param retransmission when requests are sent again
 * @param cookieThreshold half-open IKE SAs from which every new initiator must show a cookie; 0
 *     always asks
 * @param cookieThresholdPerSource the same for the half-open IKE SAs of one address
 * @param blockThresholdPerSource half-open IKE SAs of one address from which its new ones are
 *     dropped, 0 for no such limit
 * @param halfOpenLimit half-open IKE SAs at most, of all sources together
 * @param halfOpenTimeout nanoseconds until a half-open IKE SA is forgotten
 * @param fragmentSize octets of the longest IP datagram that carries IKE when both sides fragment
 * @param reassemblyLimit octets of one reassembled message at most
 * @param keepalive nanoseconds between NAT keepalives, 0 for none
 * @param rekeyedDelay nanoseconds that the inbound half of a rekeyed child SA is kept
 * @param retryInterval nanoseconds until something that failed temporarily is tried again
 * @param makeBeforeBreak whether reauthentication makes the new IKE SA before it ends the old one
 * @param window requests that a peer may have under way at a time, 1 to 64
 * @param keysInEvents whether keys are told to whoever hears the events; for traces that are to be
 *     decrypted
 * @param costs of computing
 */
public record Settings(
    Retransmission retransmission,
    int cookieThreshold,
    int cookieThresholdPerSource,
    int blockThresholdPerSource,
    int halfOpenLimit,
    long halfOpenTimeout,
    int fragmentSize,
    int reassemblyLimit,
    long keepalive,
    long rekeyedDelay,
    long retryInterval,
    boolean makeBeforeBreak,
    int window,
    boolean keysInEvents,
    Costs costs) {
  private static final long SECOND = 1_000_000_000L;

  /** strongSwan's defaults, with reauthentication that makes before it breaks. */
  public static final Settings DEFAULT = new Builder().build();

  /** The same with {@link #keysInEvents}. */
  public Settings tellingKeys() {
    return new Settings(
        retransmission,
        cookieThreshold,
        cookieThresholdPerSource,
        blockThresholdPerSource,
        halfOpenLimit,
        halfOpenTimeout,
        fragmentSize,
        reassemblyLimit,
        keepalive,
        rekeyedDelay,
        retryInterval,
        makeBeforeBreak,
        window,
        true,
        costs);
  }

  /** The defaults, to be changed. */
  public static Builder with() {
    return new Builder();
  }

  /** Collects what differs from the defaults. */
  public static final class Builder {
    private Retransmission retransmission = Retransmission.STRONGSWAN;
    private int cookieThreshold = 30;
    private int cookieThresholdPerSource = 3;
    private int blockThresholdPerSource = 5;
    private int halfOpenLimit = 10_000;
    private long halfOpenTimeout = 30 * SECOND;
    private int fragmentSize = 1_280;
    private int reassemblyLimit = 65_535;
    private long keepalive = 20 * SECOND;
    private long rekeyedDelay = 5 * SECOND;
    private long retryInterval = 15 * SECOND;
    private boolean makeBeforeBreak = true;
    private int window = 1;
    private boolean keysInEvents = false;
    private Costs costs = Costs.NONE;

    /** See {@link Settings#retransmission}. */
    public Builder retransmission(Retransmission value) {
      retransmission = value;
      return this;
    }

    /** See {@link Settings#cookieThreshold}. */
    public Builder cookieThreshold(int value) {
      cookieThreshold = value;
      return this;
    }

    /** See {@link Settings#cookieThresholdPerSource}. */
    public Builder cookieThresholdPerSource(int value) {
      cookieThresholdPerSource = value;
      return this;
    }

    /** See {@link Settings#blockThresholdPerSource}. */
    public Builder blockThresholdPerSource(int value) {
      blockThresholdPerSource = value;
      return this;
    }

    /** See {@link Settings#halfOpenLimit}. */
    public Builder halfOpenLimit(int value) {
      halfOpenLimit = value;
      return this;
    }

    /** See {@link Settings#halfOpenTimeout}. */
    public Builder halfOpenTimeout(long value) {
      halfOpenTimeout = value;
      return this;
    }

    /** See {@link Settings#fragmentSize}. */
    public Builder fragmentSize(int value) {
      fragmentSize = value;
      return this;
    }

    /** See {@link Settings#reassemblyLimit}. */
    public Builder reassemblyLimit(int value) {
      reassemblyLimit = value;
      return this;
    }

    /** See {@link Settings#keepalive}. */
    public Builder keepalive(long value) {
      keepalive = value;
      return this;
    }

    /** See {@link Settings#rekeyedDelay}. */
    public Builder rekeyedDelay(long value) {
      rekeyedDelay = value;
      return this;
    }

    /** See {@link Settings#retryInterval}. */
    public Builder retryInterval(long value) {
      retryInterval = value;
      return this;
    }

    /** See {@link Settings#makeBeforeBreak}. */
    public Builder makeBeforeBreak(boolean value) {
      makeBeforeBreak = value;
      return this;
    }

    /** See {@link Settings#window}. */
    public Builder window(int value) {
      window = value;
      return this;
    }

    /** See {@link Settings#keysInEvents}. */
    public Builder keysInEvents(boolean value) {
      keysInEvents = value;
      return this;
    }

    /** See {@link Settings#costs}. */
    public Builder costs(Costs value) {
      costs = value;
      return this;
    }

    /** The settings. */
    public Settings build() {
      return new Settings(
          retransmission,
          cookieThreshold,
          cookieThresholdPerSource,
          blockThresholdPerSource,
          halfOpenLimit,
          halfOpenTimeout,
          fragmentSize,
          reassemblyLimit,
          keepalive,
          rekeyedDelay,
          retryInterval,
          makeBeforeBreak,
          window,
          keysInEvents,
          costs);
    }
  }
}
