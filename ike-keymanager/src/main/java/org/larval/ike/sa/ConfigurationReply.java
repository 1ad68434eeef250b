package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import org.larval.ike.message.CpPayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.NotifyType;
import org.larval.ike.message.Octets;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** Gives inner addresses out of a pool (RFC 7296 section 2.19). */
final class ConfigurationReply {
  private ConfigurationReply() {}

  /**
   * Answers a request for addresses.
   *
   * @throws RefusedException with INTERNAL_ADDRESS_FAILURE if none is left
   */
  static void answer(Turn turn, IkeSa sa, Message request, Draft response) throws RefusedException {
    CpPayload wanted = request.first(CpPayload.class);
    Prefix pool = sa.connection().pool();
    if (wanted == null || wanted.kind() != CpPayload.REQUEST || pool == null) {
      return;
    }
    boolean v6 = pool.address().v6();
    List<CpPayload.Attribute> given = new ArrayList<>();
    for (Octets value : wanted.values(ConfigurationRequest.attribute(v6))) {
      IpAddress asked =
          value.size() >= (v6 ? 16 : 4)
              ? ConfigurationRequest.address(value, v6)
              : IpAddress.any(v6);
      IpAddress address = sa.host.pools().take(pool, sa.remoteId().toString(), asked);
      if (address == null) {
        throw new RefusedException(
            NotifyType.INTERNAL_ADDRESS_FAILURE, "no address of " + pool + " is free");
      }
      sa.remoteInner().add(address);
      sa.log(turn, "gives " + address + " to " + sa.remoteId());
      given.add(
          new CpPayload.Attribute(
              ConfigurationRequest.attribute(v6), ConfigurationRequest.value(address)));
    }
    if (!given.isEmpty()) {
      response.add(new CpPayload(CpPayload.REPLY, given));
    }
  }
}
