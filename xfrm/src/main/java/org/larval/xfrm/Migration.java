package org.larval.xfrm;

import org.larval.wire.IpAddress;

/**
 * One pair of peers that becomes another (struct xfrm_user_migrate).
 *
 * @param protocol ESP, AH or IPCOMP
 * @param reqid 0 for any
 */
public record Migration(
    IpAddress oldSource,
    IpAddress oldTarget,
    IpAddress newSource,
    IpAddress newTarget,
    int protocol,
    Mode mode,
    int reqid) {
  /** Whether two entries ask for the same SAs, which the kernel refuses. */
  boolean collides(Migration other) {
    return oldSource.equals(other.oldSource)
        && oldTarget.equals(other.oldTarget)
        && protocol == other.protocol
        && mode == other.mode
        && reqid == other.reqid;
  }

  /** Whether a policy's template is concerned (migrate_tmpl_match). */
  boolean concerns(Template template) {
    return template.mode() == mode
        && template.protocol() == protocol
        && (reqid == 0 || template.reqid() == reqid)
        && (mode == Mode.TRANSPORT
            || mode.isTunnel()
                && template.source().equals(oldSource)
                && template.target().equals(oldTarget));
  }
}
