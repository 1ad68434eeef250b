package org.larval.xfrm;

import org.larval.wire.IpAddress;

/**
 * One transform that a policy demands (struct xfrm_user_tmpl). A policy's templates stand in the
 * order of application: the first is the innermost.
 *
 * @param source tunnel source; the any address is filled by routing
 * @param target tunnel destination; ignored in transport mode
 * @param spi 0 for any
 * @param protocol ESP, AH or IPCOMP
 * @param reqid compared exactly outbound: 0 is not a wildcard there
 * @param mode transport, tunnel or BEET
 * @param optional {@code level use}: without an SA the packet goes on without this transform
 */
public record Template(
    IpAddress source,
    IpAddress target,
    int spi,
    int protocol,
    int reqid,
    Mode mode,
    boolean optional) {}
