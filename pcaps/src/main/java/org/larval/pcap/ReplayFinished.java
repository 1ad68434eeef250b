package org.larval.pcap;

import org.jspecify.annotations.Nullable;
import org.larval.packet.Event;

/**
 * A {@link Replayer} reached the end of its capture.
 *
 * @param capture its name
 * @param sent frames sent
 * @param skipped frames not sent
 * @param damage where and why the capture could not be read further, or null
 */
public record ReplayFinished(
    String capture, long sent, long skipped, @Nullable CaptureException damage) implements Event {}
