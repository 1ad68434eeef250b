package org.larval.nic;

import org.larval.packet.Event;

/**
 * A NIC was stopped because its ring broke a rule. Emitted once for each NIC.
 *
 * @param nic the NIC's name
 * @param fault which rule
 */
public record NicBroken(String nic, RingFault fault) implements Event {}
