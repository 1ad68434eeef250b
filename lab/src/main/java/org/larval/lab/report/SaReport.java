package org.larval.lab.report;

/**
 * One SA of a guest as it stood at the end, with what {@code ip -s xfrm state} counts.
 *
 * @param sa addresses, protocol, SPI, reqid and mode
 * @param bytes plaintext bytes
 * @param replayWindow packets left of the replay window
 * @param replay packets seen before
 * @param integrityFailed packets whose check value was wrong
 */
public record SaReport(
    String guest,
    String sa,
    long bytes,
    long packets,
    long replayWindow,
    long replay,
    long integrityFailed) {}
