package org.larval.nic;

/**
 * Feature bits of virtio-net and vhost-user that a NIC of the lab offers. Offloads are not offered:
 * every frame is a whole Ethernet frame with its checksums.
 */
final class VhostFeatures {
  static final long NET_F_MTU = 1L << 3;
  static final long NET_F_MRG_RXBUF = 1L << 15;
  static final long NET_F_MQ = 1L << 22;
  static final long RING_F_EVENT_IDX = 1L << 29;
  static final long PROTOCOL_FEATURES = 1L << 30;
  static final long VERSION_1 = 1L << 32;

  static final long PROTOCOL_MQ = 1;
  static final long PROTOCOL_REPLY_ACK = 1L << 3;
  static final long PROTOCOL_MTU = 1L << 4;
  static final long PROTOCOL_RESET_DEVICE = 1L << 13;
  static final long PROTOCOL_STATUS = 1L << 16;

  /** What every NIC offers besides several queue pairs. */
  static final long OFFERED =
      NET_F_MTU | NET_F_MRG_RXBUF | RING_F_EVENT_IDX | PROTOCOL_FEATURES | VERSION_1;

  static final long PROTOCOL_OFFERED =
      PROTOCOL_MQ | PROTOCOL_REPLY_ACK | PROTOCOL_MTU | PROTOCOL_RESET_DEVICE | PROTOCOL_STATUS;

  private VhostFeatures() {}

  /** The bits by name, for people. */
  static String words(long bits) {
    StringBuilder words = new StringBuilder();
    add(words, bits, NET_F_MTU, "MTU");
    add(words, bits, NET_F_MRG_RXBUF, "MRG_RXBUF");
    add(words, bits, NET_F_MQ, "MQ");
    add(words, bits, RING_F_EVENT_IDX, "EVENT_IDX");
    add(words, bits, PROTOCOL_FEATURES, "PROTOCOL_FEATURES");
    add(words, bits, VERSION_1, "VERSION_1");
    return words.toString();
  }

  private static void add(StringBuilder words, long bits, long bit, String name) {
    if ((bits & bit) != 0) {
      words.append(words.isEmpty() ? "" : " ").append(name);
    }
  }
}
