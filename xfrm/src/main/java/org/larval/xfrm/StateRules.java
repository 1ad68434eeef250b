package org.larval.xfrm;

import org.larval.packet.Errno;
import org.larval.wire.IpProtocol;

/** Which states the kernel takes at all (verify_newsa_info, verify_spi_info). */
final class StateRules {
  private static final long MAX_SPI = 0xffff_ffffL;
  private static final long MAX_CPI = 0xffff;

  private StateRules() {}

  /** OK, or EINVAL for a state that can never be installed. */
  static Errno check(State state) {
    boolean fits =
        isIpsec(state.protocol)
            && (state.encap == null ? state.mappingMaxAge() == 0 : state.protocol == IpProtocol.ESP)
            && (state.natKeepaliveInterval() == 0 || keepsAlive(state))
            && (state.protocol != IpProtocol.IPCOMP || Integer.toUnsignedLong(state.spi) <= MAX_CPI)
            && direction(state);
    return fits ? Errno.OK : Errno.EINVAL;
  }

  /** Keepalives are for outbound SAs in UDP, declared as such (__xfrm_init_state). */
  private static boolean keepsAlive(State state) {
    Encap encap = state.encap;
    return state.direction == Direction.OUT && encap != null && encap.type() == Encap.Type.ESPINUDP;
  }

  /** What an SA may not have that is declared for one direction (Linux 6.10 on). */
  private static boolean direction(State state) {
    Direction direction = state.direction;
    if (direction == null) {
      return true;
    }
    Transform transform = state.transform();
    return switch (direction) {
      case OUT ->
          !state.flags().contains(StateFlag.DECAP_DSCP)
              && !state.flags().contains(StateFlag.ICMP)
              && !state.flags().contains(StateFlag.WILDRECV)
              && state.mappingMaxAge() == 0
              && (transform == null || transform.replayWindow() == 0 && transform.lastIn() == 0);
      case IN ->
          !state.flags().contains(StateFlag.NOPMTUDISC)
              && !state.flags().contains(StateFlag.DONT_ENCAP_DSCP)
              && !state.flags().contains(StateFlag.OSEQ_MAY_WRAP)
              && (transform == null || transform.lastOut() == 0);
      case FWD -> false;
    };
  }

  /** Whether SPIs of this range can be asked for (verify_spi_info). */
  static Errno range(int protocol, long low, long high) {
    long most = protocol == IpProtocol.IPCOMP ? MAX_CPI : MAX_SPI;
    return isIpsec(protocol) && low >= 0 && low <= high && high <= most ? Errno.OK : Errno.EINVAL;
  }

  static boolean isIpsec(int protocol) {
    return protocol == IpProtocol.ESP || protocol == IpProtocol.AH || protocol == IpProtocol.IPCOMP;
  }
}
