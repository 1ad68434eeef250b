package org.larval.lab.selinux;

import org.larval.cipso.NetLabelHooks;
import org.larval.guest.SecurityModule;
import org.larval.packet.Effects;
import org.larval.packet.Packet;

/**
 * A kernel without a policy, or with one that nobody on the guest is subject to: it labels nothing
 * and allows everything, but looks at the options of what arrives, as IP does by itself.
 */
public final class OptionChecks implements SecurityModule {
  private final NetLabelHooks netLabel;

  /** A kernel that knows these DOIs, mostly none. */
  public OptionChecks(NetLabelHooks netLabel) {
    this.netLabel = netLabel;
  }

  @Override
  public boolean options(long now, Packet packet, Effects out) {
    return netLabel.validate(now, packet, out);
  }
}
