package org.larval.ike;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.config.Lifetime;
import org.larval.ike.crypto.ChildKeys;
import org.larval.ike.crypto.ChildSuite;
import org.larval.ike.message.Selector;

/**
 * A pair of SAs that two key managers agreed on, as one of them installs it.
 *
 * @param id of its own at this host; a pair that replaces another has a new one
 * @param connection name of the connection
 * @param child name of the child
 * @param reqid of the policies that may use it
 * @param protocol 50 ESP or 51 AH
 * @param tunnel tunnel mode, otherwise transport mode
 * @param local outer address of this side, with the port if {@code encapsulated}
 * @param remote of the peer
 * @param encapsulated in UDP
 * @param inboundSpi chosen by this side
 * @param outboundSpi chosen by the peer
 * @param suite algorithms and whether sequence numbers are extended
 * @param keys of both directions; whoever installs them copies them
 * @param initiator whether this side began the exchange that made it, which decides whose keys are
 *     whose
 * @param localSelectors traffic of this side
 * @param remoteSelectors traffic of the peer
 * @param label security context on the SAs, or null
 * @param lifetime limits; the IKE side itself replaces what is due by time
 * @param replayWindow packets
 * @param resource processor that it is for (RFC 9611), -1 for all
 * @param acquire sequence number of the larval state that it replaces, 0 for none
 */
public record ChildParameters(
    long id,
    String connection,
    String child,
    int reqid,
    int protocol,
    boolean tunnel,
    Endpoint local,
    Endpoint remote,
    boolean encapsulated,
    int inboundSpi,
    int outboundSpi,
    ChildSuite suite,
    ChildKeys keys,
    boolean initiator,
    List<Selector.Range> localSelectors,
    List<Selector.Range> remoteSelectors,
    @Nullable String label,
    Lifetime lifetime,
    int replayWindow,
    int resource,
    int acquire) {
  /** Keeps its own copies of the lists. */
  public ChildParameters {
    localSelectors = List.copyOf(localSelectors);
    remoteSelectors = List.copyOf(remoteSelectors);
  }

  /** The same with another reqid. */
  public ChildParameters withReqid(int other) {
    return new ChildParameters(
        id,
        connection,
        child,
        other,
        protocol,
        tunnel,
        local,
        remote,
        encapsulated,
        inboundSpi,
        outboundSpi,
        suite,
        keys,
        initiator,
        localSelectors,
        remoteSelectors,
        label,
        lifetime,
        replayWindow,
        resource,
        acquire);
  }

  /** The same between other addresses. */
  public ChildParameters moved(Endpoint here, Endpoint there, boolean nowEncapsulated) {
    return new ChildParameters(
        id,
        connection,
        child,
        reqid,
        protocol,
        tunnel,
        here,
        there,
        nowEncapsulated,
        inboundSpi,
        outboundSpi,
        suite,
        keys,
        initiator,
        localSelectors,
        remoteSelectors,
        label,
        lifetime,
        replayWindow,
        resource,
        acquire);
  }
}
