package org.larval.lab.run;

import org.larval.pcap.CaptureReader;
import org.larval.pcap.Pace;
import org.larval.pcap.Replayer;
import org.larval.pcap.Rewrite;

/**
 * A capture that a guest sends while its lab runs.
 *
 * @param capture read from its present place to its end; the caller closes it
 * @param guest who sends
 * @param nic its NIC from 0, for {@link Replayer.Form#FRAME}; datagrams go where routing says
 * @param form {@link Replayer.Form#DATAGRAM}: into the guest's stack, as from a raw socket; {@link
 *     Replayer.Form#FRAME}: straight out of the NIC, past routes, policies and hooks
 * @param start when the first frame is sent, in nanoseconds since the lab began
 */
public record Replay(
    CaptureReader capture,
    String guest,
    int nic,
    Replayer.Form form,
    Pace pace,
    Rewrite rewrite,
    long start) {}
