package org.larval.cipso;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;

/**
 * The label of one socket (nlbl_state of sk_security_struct): which option its packets carry, or
 * that each packet must be asked about.
 */
public final class SocketLabel {
  /** How far the labelling of a socket is. */
  public enum State {
    /** Not asked about yet. */
    UNSET,
    /** Settled for the socket's life: an option, or none. */
    LABELED,
    /** Depends on the destination: packets are labelled one by one. */
    PER_PACKET,
    /** Settled by connect(). */
    CONNECTED
  }

  private State state = State.UNSET;
  private @Nullable LabelOption option;

  /** A socket that was not asked about. */
  public SocketLabel() {}

  /** How far it is. */
  public State state() {
    return state;
  }

  /**
   * The option that the stack puts into each of its packets, or null; TCP's segments are smaller by
   * its {@link LabelOption#headerBytes()}.
   */
  public @Nullable LabelOption option() {
    return option;
  }

  /** Whether LOCAL_OUT must {@link NetLabel#stamp} its packets. */
  public boolean perPacket() {
    return state == State.PER_PACKET;
  }

  /** Whether setsockopt of IP_OPTIONS or IPV6_HOPOPTS is refused with EACCES. */
  public boolean guardsOptions() {
    return option != null && (state == State.LABELED || state == State.CONNECTED);
  }

  /** socket(): anything but OK is its errno (selinux_netlbl_socket_post_create). */
  public Errno create(NetLabel netLabel, int sid, boolean v6) {
    Labeling labeling = netLabel.atSocket(sid, v6);
    if (labeling instanceof Labeling.ByAddress) {
      state = State.PER_PACKET;
      return Errno.OK;
    }
    return take(labeling, State.LABELED);
  }

  /** connect(): anything but OK is its errno. A socket that socket() settled stays as it is. */
  public Errno connect(NetLabel netLabel, int sid, boolean v6, long high, long low) {
    if (state != State.PER_PACKET && state != State.CONNECTED) {
      return Errno.OK;
    }
    return take(netLabel.towards(sid, v6, high, low), State.CONNECTED);
  }

  /** connect() to nobody (AF_UNSPEC). */
  public void disconnect() {
    if (state == State.PER_PACKET || state == State.CONNECTED) {
      option = null;
      state = State.PER_PACKET;
    }
  }

  /**
   * A SYN arrived: what the SYN-ACK and the new socket carry. Anything but OK: the request is
   * dropped. This is the label of a request, not of the listener.
   *
   * @param sid of the request: the listener's type with the peer's level
   * @param high of the peer's address
   * @param low of the peer's address
   */
  public Errno request(NetLabel netLabel, int sid, boolean v6, long high, long low) {
    return take(netLabel.towards(sid, v6, high, low), State.LABELED);
  }

  /** A socket that was cloned or peeled off from another one. */
  public void copy(SocketLabel from) {
    state = from.state;
    option = from.option;
  }

  private Errno take(Labeling labeling, State settled) {
    switch (labeling) {
      case Labeling.Unlabeled _ -> option = null;
      case Labeling.Attach attach -> option = attach.option();
      case Labeling.Refuse refuse -> {
        return refuse.errno();
      }
      case Labeling.ByAddress _ -> {
        return Errno.ENOENT;
      }
    }
    state = settled;
    return Errno.OK;
  }
}
