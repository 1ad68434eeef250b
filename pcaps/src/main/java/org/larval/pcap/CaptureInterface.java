package org.larval.pcap;

import org.jspecify.annotations.Nullable;

/**
 * An interface of a capture.
 *
 * @param id counts from 0 over all sections of the file
 * @param name if_name, or null where the file has none
 * @param linkType the number in the file
 * @param snapLength the most bytes that it keeps of a frame, 0 for no limit; unsigned 32 bits
 */
public record CaptureInterface(int id, @Nullable String name, int linkType, long snapLength) {}
