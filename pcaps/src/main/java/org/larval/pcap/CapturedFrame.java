package org.larval.pcap;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One frame of a capture.
 *
 * @param timestampNanos nanoseconds since 1970-01-01T00:00:00Z
 * @param interfaceId which of {@link CaptureReader#interfaces()}
 * @param linkType the number in the file; {@link LinkType#of} tells whether we know it
 * @param data the bytes, between reader and writer index, in unpooled heap memory that needs no
 *     release
 * @param originalLength bytes on the wire; more than {@code data} holds if the frame was cut
 * @param direction which way it went
 * @param comment its comments, joined by line feeds, or null
 */
public record CapturedFrame(
    long timestampNanos,
    int interfaceId,
    int linkType,
    ByteBuf data,
    int originalLength,
    FrameDirection direction,
    @Nullable String comment) {
  /** Whether the capture holds less than was on the wire. */
  public boolean isCut() {
    return originalLength > data.readableBytes();
  }

  /** Bytes from the start of {@link #data()} to the IP header, or -1. */
  public int packetOffset() {
    LinkType type = LinkType.of(linkType);
    return type == null ? -1 : type.packetOffset(data, data.readerIndex(), data.readableBytes());
  }
}
