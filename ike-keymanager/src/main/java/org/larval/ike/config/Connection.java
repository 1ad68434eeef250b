package org.larval.ike.config;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Proposal;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/**
 * A peer and how to talk to it, in the words of swanctl.conf.
 *
 * @param name of its own
 * @param local addresses of this side, any if empty; the first single one is used to initiate
 * @param remote addresses of the peer, any if empty; the first single one is called
 * @param remotePort UDP port that is called, usually 500
 * @param proposals of IKE, in order of preference
 * @param localAuth how this side proves who it is
 * @param remoteAuth how the peer does
 * @param children that it may have
 * @param lifetime of the IKE SA until it is rekeyed or ends
 * @param reauthTime nanoseconds until the peers authenticate again with a new IKE SA, 0 for never
 * @param dpdDelay nanoseconds of silence until the peer is asked for a sign of life, 0 for never
 * @param fragmentation of IKE messages (RFC 7383)
 * @param childless IKE SAs without a child (RFC 6023)
 * @param mobike whether addresses may change (RFC 4555)
 * @param encap whether UDP encapsulation is forced
 * @param unique what happens to other IKE SAs of the same peer
 * @param virtualIps addresses to ask for, {@code 0.0.0.0} or {@code ::} for any
 * @param pool addresses that peers are given, null for none
 * @param ppkId name of the post-quantum preshared key (RFC 8784), null for none
 * @param ppkRequired whether the peer must know it
 * @param redirectTo where initiators are sent instead (RFC 5685), null for nowhere
 */
public record Connection(
    String name,
    List<Prefix> local,
    List<Prefix> remote,
    int remotePort,
    List<Proposal> proposals,
    Authentication localAuth,
    Authentication remoteAuth,
    List<Child> children,
    Lifetime lifetime,
    long reauthTime,
    long dpdDelay,
    Fragmentation fragmentation,
    Childless childless,
    boolean mobike,
    boolean encap,
    Unique unique,
    List<IpAddress> virtualIps,
    @Nullable Prefix pool,
    @Nullable String ppkId,
    boolean ppkRequired,
    @Nullable IpAddress redirectTo) {
  /** Whether long IKE messages are cut. */
  public enum Fragmentation {
    /** If the peer can. */
    YES,
    /** Not sent and not announced. */
    NO,
    /** Taken from the peer, never sent. */
    ACCEPT,
    /** From the first long message on, whatever the peer says. */
    FORCE
  }

  /** Whether the first child waits for an exchange of its own. */
  public enum Childless {
    /** A peer may do so. */
    ALLOW,
    /** A peer may do so, and we do if it may. */
    PREFER,
    /** Always. */
    FORCE,
    /** Never. */
    NEVER
  }

  /** What happens to other IKE SAs between the same identities. */
  public enum Unique {
    /** They stay, unless the peer says that this one is its first. */
    NO,
    /** They are replaced. */
    REPLACE,
    /** The new one is refused. */
    KEEP,
    /** They stay, whatever the peer says. */
    NEVER
  }

  /** Keeps its own copies of the lists. */
  public Connection {
    local = List.copyOf(local);
    remote = List.copyOf(remote);
    proposals = List.copyOf(proposals);
    children = List.copyOf(children);
    virtualIps = List.copyOf(virtualIps);
  }

  /** A connection with strongSwan's defaults. */
  public static Builder named(String name, Authentication local, Authentication remote) {
    return new Builder(name, local, remote);
  }

  /** The same with UDP encapsulation forced. */
  public Connection encapsulated() {
    return new Connection(
        name,
        local,
        remote,
        remotePort,
        proposals,
        localAuth,
        remoteAuth,
        children,
        lifetime,
        reauthTime,
        dpdDelay,
        fragmentation,
        childless,
        mobike,
        true,
        unique,
        virtualIps,
        pool,
        ppkId,
        ppkRequired,
        redirectTo);
  }

  /** The child of a name, or null. */
  public @Nullable Child child(String childName) {
    for (Child child : children) {
      if (child.name().equals(childName)) {
        return child;
      }
    }
    return null;
  }

  /** Whether it is for messages between these addresses. */
  public boolean joins(IpAddress here, IpAddress there) {
    return among(local, here) && among(remote, there);
  }

  private static boolean among(List<Prefix> prefixes, IpAddress address) {
    return prefixes.isEmpty() || prefixes.stream().anyMatch(one -> one.contains(address));
  }

  /** The address to call, or null if there is no single one. */
  public @Nullable IpAddress peer() {
    return single(remote);
  }

  /** The address to call from, or null if there is no single one. */
  public @Nullable IpAddress here() {
    return single(local);
  }

  private static @Nullable IpAddress single(List<Prefix> prefixes) {
    for (Prefix prefix : prefixes) {
      if (prefix.length() == prefix.address().bits()) {
        return prefix.address();
      }
    }
    return null;
  }

  /** Collects what differs from the defaults. */
  public static final class Builder {
    private final String name;
    private final Authentication localAuth;
    private final Authentication remoteAuth;
    private List<Prefix> local = List.of();
    private List<Prefix> remote = List.of();
    private int remotePort = 500;
    private List<Proposal> proposals = List.of();
    private List<Child> children = List.of();
    private Lifetime lifetime = Lifetime.IKE;
    private long reauthTime;
    private long dpdDelay;
    private Fragmentation fragmentation = Fragmentation.YES;
    private Childless childless = Childless.ALLOW;
    private boolean mobike = true;
    private boolean encap;
    private Unique unique = Unique.NO;
    private List<IpAddress> virtualIps = List.of();
    private @Nullable Prefix pool;
    private @Nullable String ppkId;
    private boolean ppkRequired;
    private @Nullable IpAddress redirectTo;

    private Builder(String name, Authentication localAuth, Authentication remoteAuth) {
      this.name = name;
      this.localAuth = localAuth;
      this.remoteAuth = remoteAuth;
    }

    /** See {@link Connection#local} and {@link Connection#remote}. */
    public Builder between(List<Prefix> here, List<Prefix> there) {
      local = here;
      remote = there;
      return this;
    }

    /** See {@link Connection#remotePort}. */
    public Builder remotePort(int port) {
      remotePort = port;
      return this;
    }

    /** See {@link Connection#proposals}. */
    public Builder proposals(List<Proposal> offered) {
      proposals = offered;
      return this;
    }

    /** See {@link Connection#children}. */
    public Builder children(List<Child> all) {
      children = all;
      return this;
    }

    /** See {@link Connection#lifetime}. */
    public Builder lifetime(Lifetime life) {
      lifetime = life;
      return this;
    }

    /** See {@link Connection#reauthTime}. */
    public Builder reauthTime(long nanoseconds) {
      reauthTime = nanoseconds;
      return this;
    }

    /** See {@link Connection#dpdDelay}. */
    public Builder dpdDelay(long nanoseconds) {
      dpdDelay = nanoseconds;
      return this;
    }

    /** See {@link Connection#fragmentation}. */
    public Builder fragmentation(Fragmentation how) {
      fragmentation = how;
      return this;
    }

    /** See {@link Connection#childless}. */
    public Builder childless(Childless how) {
      childless = how;
      return this;
    }

    /** See {@link Connection#mobike}. */
    public Builder mobike(boolean may) {
      mobike = may;
      return this;
    }

    /** See {@link Connection#encap}. */
    public Builder encap(boolean force) {
      encap = force;
      return this;
    }

    /** See {@link Connection#unique}. */
    public Builder unique(Unique how) {
      unique = how;
      return this;
    }

    /** See {@link Connection#virtualIps}. */
    public Builder virtualIps(List<IpAddress> wanted) {
      virtualIps = wanted;
      return this;
    }

    /** See {@link Connection#pool}. */
    public Builder pool(@Nullable Prefix addresses) {
      pool = addresses;
      return this;
    }

    /** See {@link Connection#ppkId} and {@link Connection#ppkRequired}. */
    public Builder ppk(@Nullable String id, boolean required) {
      ppkId = id;
      ppkRequired = required;
      return this;
    }

    /** See {@link Connection#redirectTo}. */
    public Builder redirectTo(@Nullable IpAddress gateway) {
      redirectTo = gateway;
      return this;
    }

    /** The connection. */
    public Connection build() {
      return new Connection(
          name,
          local,
          remote,
          remotePort,
          proposals,
          localAuth,
          remoteAuth,
          children,
          lifetime,
          reauthTime,
          dpdDelay,
          fragmentation,
          childless,
          mobike,
          encap,
          unique,
          virtualIps,
          pool,
          ppkId,
          ppkRequired,
          redirectTo);
    }
  }
}
