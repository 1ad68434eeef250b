package org.larval.cipso;

import org.jspecify.annotations.Nullable;
import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;

/** Contexts as a table of SIDs has them, without a policy: any level is allowed. */
public final class SidDictionary implements LabelDictionary {
  /** What a reference policy calls the initial SID netmsg. */
  public static final SecurityContext NETMSG =
      SecurityContext.parse("system_u:object_r:netlabel_peer_t:s0");

  private final Sids sids;
  private final SecurityContext netmsg;

  /**
   * A dictionary.
   *
   * @param netmsg whose user, role and type received labels get
   */
  public SidDictionary(Sids sids, SecurityContext netmsg) {
    this.sids = sids;
    this.netmsg = netmsg;
  }

  @Override
  public String domain(int sid) {
    return sids.context(sid).type();
  }

  @Override
  public @Nullable MlsLevel level(int sid) {
    MlsRange range = sids.context(sid).range();
    return range == null ? null : range.low();
  }

  @Override
  public int sid(MlsLevel level) {
    MlsRange range = netmsg.range() == null ? null : MlsRange.at(level);
    return find(new SecurityContext(netmsg.user(), netmsg.role(), netmsg.type(), range));
  }

  @Override
  public int sid(String context) {
    try {
      return find(SecurityContext.parse(context));
    } catch (IllegalArgumentException e) {
      return Sids.NONE;
    }
  }

  private int find(SecurityContext context) {
    int known = sids.find(context);
    return known != Sids.NONE || sids.full() ? known : sids.sid(context);
  }

  @Override
  public String context(int sid) {
    return sids.context(sid).toString();
  }
}
