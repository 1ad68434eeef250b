package org.larval.xfrm.fuzz;

import java.util.HexFormat;
import java.util.List;

/** Plain packets of several kinds. */
final class SeedPackets {
  /**
   * UDP, TCP, an echo request, a fragment and one with options; UDP over IPv6, also behind a
   * header.
   */
  static final List<byte[]> PLAIN =
      List.of(
          packet("4500002400010000401100000a0901010a090202", "03e807d000100000", "6c61727661"),
          packet(
              "4500002400014000400600000a0900010a090002", "03e807d0000000010000000250022000", ""),
          packet("4500002400010000400100000a0a01010a0a0201", "0800000000010001", "61".repeat(200)),
          packet("4500002400010000401100000a0900010a090002", "03e807d0009e0000", "00".repeat(150)),
          packet("4500002400012000401100000a0900010a090002", "03e807d000100000", "00".repeat(64)),
          packet(
              "4700002400010000401100000a0a01010a0a0201" + "0707040a0a010100",
              "03e807d0000a0000",
              "0000"),
          packet(
              "6000000000001140fd090000000000000000000000000001fd090000000000000000000000000002",
              "03e807d000100000",
              "62".repeat(120)),
          packet(
              "6000000000003c40fd100001000000000000000000000001fd100002000000000000000000000001",
              "1100010400000000" + "03e807d000080000",
              ""));

  private SeedPackets() {}

  private static byte[] packet(String... parts) {
    byte[] packet = HexFormat.of().parseHex(String.join("", parts));
    PacketTarget.repair(packet);
    return packet;
  }
}
