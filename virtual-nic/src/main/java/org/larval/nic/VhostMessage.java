package org.larval.nic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One message of the vhost-user protocol (QEMU's docs/interop/vhost-user.rst), without its
 * descriptors.
 *
 * @param request which one, see {@link VhostRequest}
 * @param needsReply whether the sender wants an answer even if the request has none of its own
 * @param payload what follows the header, at most {@link #LONGEST} bytes
 */
record VhostMessage(int request, boolean needsReply, ByteBuffer payload) {
  static final int HEADER = 12;

  /** No sane payload is longer. */
  static final int LONGEST = 4096;

  static final int VERSION_MASK = 3;
  static final int VERSION = 1;
  static final int REPLY = 4;
  static final int NEED_REPLY = 8;

  static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
  }

  /** The bytes of an answer. */
  static byte[] reply(int request, byte[] payload) {
    return encode(request, VERSION | REPLY, payload);
  }

  static byte[] encode(int request, int flags, byte[] payload) {
    return buffer(HEADER + payload.length)
        .putInt(request)
        .putInt(flags)
        .putInt(payload.length)
        .put(payload)
        .array();
  }

  /** A payload of one number. */
  static byte[] number(long value) {
    return buffer(Long.BYTES).putLong(value).array();
  }
}
