package org.larval.nic;

import org.jspecify.annotations.Nullable;

/** What a vhost-user frontend asks for, as far as a NIC has an answer to it. */
enum VhostRequest {
  GET_FEATURES(1, 0),
  SET_FEATURES(2, 8),
  SET_OWNER(3, 0),
  RESET_OWNER(4, 0),
  SET_MEM_TABLE(5, Length.ITS_OWN),
  SET_VRING_NUM(8, 8),
  SET_VRING_ADDR(9, 40),
  SET_VRING_BASE(10, 8),
  GET_VRING_BASE(11, 8),
  SET_VRING_KICK(12, 8),
  SET_VRING_CALL(13, 8),
  SET_VRING_ERR(14, 8),
  GET_PROTOCOL_FEATURES(15, 0),
  SET_PROTOCOL_FEATURES(16, 8),
  GET_QUEUE_NUM(17, 0),
  SET_VRING_ENABLE(18, 8),
  SEND_RARP(19, 8),
  NET_SET_MTU(20, 8),
  GET_CONFIG(24, Length.ITS_OWN),
  SET_CONFIG(25, Length.ITS_OWN),
  RESET_DEVICE(34, 0),
  SET_STATUS(39, 8),
  GET_STATUS(40, 0);

  /** A payload whose length its own fields tell. */
  private static final class Length {
    static final int ITS_OWN = -1;
  }

  private final int number;
  private final int bytes;

  VhostRequest(int number, int bytes) {
    this.number = number;
    this.bytes = bytes;
  }

  int number() {
    return number;
  }

  /** Whether a payload may be that long. */
  boolean takes(int length) {
    return bytes == Length.ITS_OWN || bytes == length;
  }

  static @Nullable VhostRequest of(int number) {
    for (VhostRequest request : values()) {
      if (request.number == number) {
        return request;
      }
    }
    return null;
  }
}
