/**
 * The film archive: reads and writes pcap and pcapng, replays a capture into a lab in virtual time,
 * writes the key files with which Wireshark opens ESP, and reads those and its tables of IKE keys.
 *
 * <p>Readers and writers stream: neither keeps more than one frame in memory. What is written
 * depends on the arguments only: no clock, host name or program version gets into a file.
 */
@NullMarked
package org.larval.pcap;

import org.jspecify.annotations.NullMarked;
