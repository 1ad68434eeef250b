package org.larval.xfrm;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.transform.IpsecTransform;
import org.larval.xfrm.transform.SaParameters;

/**
 * What the kernel counts for one inbound SA, said in the plainest way: the window is the set of
 * numbers that were seen (RFC 4303 3.4.3 and appendix A; xfrm_replay.c for what is counted), and
 * the check value is reached if the packet is long enough to have one (esp_input, ah_input).
 */
final class KernelSa {
  /** How a packet is refused, and which statistics of the SA move. */
  enum Refusal {
    /** Before its SA counts anything; a number that no sender uses too. */
    UNCOUNTED,
    /** stats.replay_window. */
    LEFT_OF_WINDOW,
    /** stats.replay. */
    SEEN_BEFORE,
    /** Too short or inconsistent: EINVAL, no statistics. */
    MALFORMED,
    /** EBADMSG: stats.integrity_failed. */
    NOT_AUTHENTIC
  }

  private static final long SPACE = 1L << 32;

  private final SaParameters parameters;
  private final boolean v6;
  private final Set<Long> seen = new HashSet<>();
  private long top;

  KernelSa(State state) {
    parameters = ((IpsecTransform) Objects.requireNonNull(state.transform())).parameters();
    v6 = state.target().v6();
    top = parameters.lastIn();
  }

  /** The number of which 32 bits arrived: with ESN the one that is in the window or ahead of it. */
  private long whole(int low) {
    long number = Integer.toUnsignedLong(low);
    if (!parameters.extended()) {
      return number;
    }
    long bottom = top - parameters.replayWindow() + 1;
    return bottom + Math.floorMod(number - bottom, SPACE);
  }

  /** What the replay check does with a number; null if it passes. */
  @Nullable Refusal replay(int low) {
    int window = parameters.replayWindow();
    long number = whole(low);
    if (window == 0) {
      return null;
    }
    if (number == 0) {
      return Refusal.UNCOUNTED;
    }
    if (number <= top - window) {
      return Refusal.LEFT_OF_WINDOW;
    }
    return seen.contains(number) ? Refusal.SEEN_BEFORE : null;
  }

  /** An authentic packet arrived. */
  void accepted(int low) {
    long number = whole(low);
    seen.add(number);
    top = Math.max(top, number);
  }

  /** Whether anything but luck keeps changed bytes out. */
  boolean hasIntegrity() {
    return parameters.protection() instanceof Protection.Combined
        || parameters.protection() instanceof Protection.Authentication
        || parameters.protection() instanceof Protection.Separate separate
            && separate.auth() != null;
  }

  /**
   * How a packet is refused that passed the replay check and is not as it was sent.
   *
   * @param header where the IPsec header begins
   * @param end where the packet ends
   */
  Refusal broken(byte[] packet, int header, int end) {
    int length = end - header;
    return switch (parameters.protection()) {
      case Protection.Combined combined ->
          length - 16 >= combined.icvBits() / 8 ? Refusal.NOT_AUTHENTIC : Refusal.MALFORMED;
      case Protection.Separate separate -> {
        int rest = length - 8 - separate.algorithm().ivLength();
        Protection.Authentication auth = separate.auth();
        yield auth != null && rest > 0 && rest >= auth.icvBits() / 8
            ? Refusal.NOT_AUTHENTIC
            : Refusal.MALFORMED;
      }
      case Protection.Authentication auth -> {
        int said = ((packet[header + 1] & 0xff) + 2) * 4;
        int full = align(12 + auth.algorithm().digestLength());
        int cut = align(12 + auth.icvBits() / 8);
        yield (said == full || said == cut) && said <= length
            ? Refusal.NOT_AUTHENTIC
            : Refusal.MALFORMED;
      }
      case Protection.Compression _ -> Refusal.MALFORMED;
    };
  }

  private int align(int length) {
    int unit = !v6 && parameters.flags().contains(StateFlag.ALIGN4) ? 4 : 8;
    return (length + unit - 1) / unit * unit;
  }

  /** The bits of a packet's header that name its SA. */
  static int spi(byte[] packet, int header, int protocol) {
    ByteBuffer bytes = ByteBuffer.wrap(packet);
    return switch (protocol) {
      case IpProtocol.ESP -> bytes.getInt(header);
      case IpProtocol.AH -> bytes.getInt(header + 4);
      default -> bytes.getShort(header + 2) & 0xffff;
    };
  }

  /** The bits of a packet's header that number it. */
  static int sequence(byte[] packet, int header, int protocol) {
    ByteBuffer bytes = ByteBuffer.wrap(packet);
    return switch (protocol) {
      case IpProtocol.ESP -> bytes.getInt(header + 4);
      case IpProtocol.AH -> bytes.getInt(header + 8);
      default -> 0;
    };
  }
}
