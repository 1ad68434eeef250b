package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;

/** Does nothing to packets and answers what it is told to. */
final class ScriptedTransform implements Transform {
  @Nullable DropReason onFits;
  @Nullable DropReason onProtect;
  @Nullable DropReason onCheck;
  @Nullable DropReason onOpen;
  int window;
  long in;
  long sent;
  boolean erased;
  boolean mayMove = true;

  @Override
  public @Nullable DropReason fits(State sa, Packet packet) {
    return onFits;
  }

  @Override
  public @Nullable DropReason protect(long now, State sa, Packet packet) {
    if (onProtect == null || onProtect == DropReason.XFRM_OUT_STATE_PROTO_ERROR) {
      sent++;
    }
    return onProtect;
  }

  @Override
  public @Nullable DropReason check(long now, State sa, Packet packet, IpPlace ip) {
    return onCheck;
  }

  @Override
  public @Nullable DropReason open(long now, State sa, Packet packet, IpPlace ip) {
    if (onOpen == null) {
      in++;
    }
    return onOpen;
  }

  @Override
  public @Nullable Transform moved(State moved) {
    return mayMove ? this : null;
  }

  @Override
  public int plaintextLength() {
    return 100;
  }

  @Override
  public int replayWindow() {
    return window;
  }

  @Override
  public long lastIn() {
    return in;
  }

  @Override
  public long lastOut() {
    return sent;
  }

  @Override
  public int overhead() {
    return 0;
  }

  @Override
  public int mtu(int linkMtu) {
    return linkMtu;
  }

  @Override
  public void erase() {
    erased = true;
  }
}
