package org.larval.lab.run;

import java.net.InetSocketAddress;

/**
 * A guest that this lab does not run, such as a virtual machine with a {@code dgram} netdev: its
 * only NIC is behind a UDP socket, one Ethernet frame in each datagram.
 *
 * @param here what the lab binds; QEMU's {@code remote}
 * @param there where the lab sends to and from where alone it takes frames; QEMU's {@code local}
 */
public record OutsideGuest(InetSocketAddress here, InetSocketAddress there) {}
