package org.larval.ike;

import org.larval.wire.IpAddress;

/**
 * What an xfrm engine asks for (XFRM_MSG_ACQUIRE), brought by the lab.
 *
 * @param guest whose engine asks
 * @param sequence ties the SA that is installed to the larval state; never 0
 * @param local outer source of the SA
 * @param remote outer destination of the SA
 * @param protocol ESP or AH
 * @param tunnel tunnel mode, otherwise transport
 * @param reqid of the template
 * @param label SID of the flow, 0 for none
 * @param policyIndex the policy that asked
 */
public record AcquireRequest(
    String guest,
    int sequence,
    IpAddress local,
    IpAddress remote,
    int protocol,
    boolean tunnel,
    int reqid,
    int label,
    int policyIndex) {}
