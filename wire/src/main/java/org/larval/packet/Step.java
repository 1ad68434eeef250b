package org.larval.packet;

import org.jspecify.annotations.Nullable;

/**
 * One entry of a {@link Trail}, as a value for readers.
 *
 * @param at nanoseconds since the lab began
 * @param place the room: a guest, a link, a bridge
 * @param action what was done
 * @param detail the policy, SA, link or reason concerned, or null
 * @param number a quantity that belongs to the detail (nanoseconds, bytes, a port), or {@link
 *     Trail#NO_NUMBER}
 */
public record Step(
    long at, String place, StepAction action, @Nullable Object detail, long number) {}
