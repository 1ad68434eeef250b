/**
 * What walks through the rooms: {@link org.larval.packet.Packet} with its {@link
 * org.larval.packet.Trail}, and the one way out of an engine, {@link org.larval.packet.Effects}.
 *
 * <p>Engines follow three habits and no base class: {@code onX(now, input, effects)}, {@code
 * onDeadline(now, effects)} and {@code deadline()}. {@code now} is nanoseconds since the lab began;
 * {@code deadline()} is {@link Long#MAX_VALUE} when nothing is due. No engine reads a clock, owns a
 * thread or draws randomness that it was not given.
 */
@NullMarked
package org.larval.packet;

import org.jspecify.annotations.NullMarked;
