package org.larval.ike;

import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Selector;
import org.larval.wire.IpAddress;

/**
 * What an xfrm engine asks for (XFRM_MSG_ACQUIRE).
 *
 * @param sequence ties the SA that is installed to the larval state; 0 if there is none
 * @param local outer source of the SA
 * @param remote outer destination of the SA
 * @param reqid of the template
 * @param label security context of the flow, or null
 * @param source where the packet comes from, proposed first; null to propose only what is
 *     configured
 * @param destination where it goes
 * @param resource processor that the packet is on, -1 if that does not matter
 */
public record IkeAcquire(
    int sequence,
    IpAddress local,
    IpAddress remote,
    int reqid,
    @Nullable String label,
    Selector.@Nullable Range source,
    Selector.@Nullable Range destination,
    int resource) {}
