package org.larval.xfrm;

import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;

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
    boolean optional) {
  @Override
  public String toString() {
    return "tmpl src %s dst %s proto %s reqid %s mode %s%s"
        .formatted(
            source,
            target,
            IpProtocol.name(protocol),
            Integer.toUnsignedString(reqid),
            mode.label(),
            optional ? " level use" : "");
  }
}
