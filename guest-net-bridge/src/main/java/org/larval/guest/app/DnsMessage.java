package org.larval.guest.app;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** The two DNS messages (RFC 1035) that the lab's resolver and name server exchange. */
final class DnsMessage {
  private static final int HEADER = 12;
  private static final int RESPONSE = 0x8000;
  private static final int TYPE_A = 1;
  private static final int CLASS_IN = 1;
  private static final int POINTER_TO_QUESTION = 0xc000 | HEADER;
  private static final int TTL_SECONDS = 60;

  /** 192.0.2.1, of the block for documentation. */
  private static final int ADDRESS = 0xc000_0201;

  private DnsMessage() {}

  /** Asks for the A record of www.example.com, recursion desired. */
  static ByteBuf query(int id) {
    ByteBuf message = Unpooled.buffer(64);
    message.writeShort(id).writeShort(0x0100).writeShort(1).writeZero(6);
    for (String part : new String[] {"www", "example", "com"}) {
      message.writeByte(part.length());
      message.writeBytes(part.getBytes(StandardCharsets.US_ASCII));
    }
    return message.writeByte(0).writeShort(TYPE_A).writeShort(CLASS_IN);
  }

  /** The answer to a query of ours: its question and one address; false if it is no query. */
  static boolean answer(ByteBuf query, ByteBuf answer) {
    int at = query.readerIndex();
    if (query.readableBytes() < HEADER || (query.getUnsignedShort(at + 2) & RESPONSE) != 0) {
      return false;
    }
    answer.clear();
    answer.writeBytes(query, at, query.readableBytes());
    answer.setShort(2, 0x8180);
    answer.setShort(6, 1);
    answer.writeShort(POINTER_TO_QUESTION).writeShort(TYPE_A).writeShort(CLASS_IN);
    answer.writeInt(TTL_SECONDS).writeShort(4).writeInt(ADDRESS);
    return true;
  }

  static boolean isAnswer(ByteBuf message, int id) {
    int at = message.readerIndex();
    return message.readableBytes() >= HEADER
        && message.getUnsignedShort(at) == id
        && (message.getUnsignedShort(at + 2) & RESPONSE) != 0;
  }
}
