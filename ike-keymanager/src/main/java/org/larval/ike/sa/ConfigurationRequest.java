package org.larval.ike.sa;

import java.util.ArrayList;
import java.util.List;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeEvent;
import org.larval.ike.message.ConfigurationAttribute;
import org.larval.ike.message.CpPayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.Octets;
import org.larval.wire.IpAddress;

/** Asks for inner addresses (RFC 7296 section 2.19). */
final class ConfigurationRequest {
  private final IkeSa sa;

  ConfigurationRequest(IkeSa sa) {
    this.sa = sa;
  }

  void build(Draft draft) {
    List<CpPayload.Attribute> wanted = new ArrayList<>();
    for (IpAddress address : sa.connection().virtualIps()) {
      Octets value = address.isAny() ? Octets.EMPTY : value(address);
      wanted.add(new CpPayload.Attribute(attribute(address.v6()), value));
    }
    if (!wanted.isEmpty()) {
      draft.add(new CpPayload(CpPayload.REQUEST, wanted));
    }
  }

  static ConfigurationAttribute attribute(boolean v6) {
    return v6
        ? ConfigurationAttribute.INTERNAL_IP6_ADDRESS
        : ConfigurationAttribute.INTERNAL_IP4_ADDRESS;
  }

  /** An address as an attribute: with a prefix length for IPv6. */
  static Octets value(IpAddress address) {
    Octets octets = new Endpoint(address, 0).octets();
    octets = octets.slice(0, octets.size() - 2);
    return address.v6() ? octets.and(Octets.of((byte) 128)) : octets;
  }

  void process(Turn turn, Message response) {
    CpPayload reply = response.first(CpPayload.class);
    if (reply == null || reply.kind() != CpPayload.REPLY) {
      return;
    }
    for (boolean v6 : new boolean[] {false, true}) {
      for (Octets value : reply.values(attribute(v6))) {
        if (value.size() >= (v6 ? 16 : 4)) {
          IpAddress address = address(value, v6);
          sa.localInner().add(address);
          sa.log(turn, "the peer gives us " + address);
          turn.emit(new IkeEvent.VirtualIp(sa.connection().name(), address, true));
        }
      }
    }
  }

  static IpAddress address(Octets value, boolean v6) {
    return v6 ? IpAddress.ofV6(word(value, 0), word(value, 8)) : IpAddress.ofV4(value.integer(0));
  }

  private static long word(Octets value, int at) {
    return (long) value.integer(at) << 32 | Integer.toUnsignedLong(value.integer(at + 4));
  }
}
