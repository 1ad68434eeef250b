package org.larval.guest;

import java.util.EnumMap;
import java.util.Map;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;

/** The Dst of a flow that has no route. */
final class ErrorDst implements Dst {
  private static final Map<Errno, ErrorDst> ALL = new EnumMap<>(Errno.class);

  static {
    for (Errno errno : Errno.values()) {
      ALL.put(errno, new ErrorDst(errno));
    }
  }

  private final Errno errno;

  private ErrorDst(Errno errno) {
    this.errno = errno;
  }

  static Dst of(Errno errno) {
    Dst dst = ALL.get(errno);
    if (dst == null) {
      throw new IllegalArgumentException("no Dst for " + errno);
    }
    return dst;
  }

  /** Why a packet ends whose look-up answered with an errno. */
  static DropReason reason(Errno errno) {
    return switch (errno) {
      case ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL -> DropReason.NO_ROUTE;
      case EAGAIN, ASLEEP -> DropReason.XFRM_OUT_NO_STATES;
      case EPERM -> DropReason.XFRM_OUT_POL_BLOCK;
      default -> DropReason.XFRM_OUT_POL_ERROR;
    };
  }

  @Override
  public Errno error() {
    return errno;
  }

  @Override
  public boolean valid() {
    return false;
  }

  @Override
  public int mtu() {
    return 0;
  }

  @Override
  public Errno output(long now, Packet packet, Effects out) {
    out.drop(packet, reason(errno));
    return errno;
  }
}
