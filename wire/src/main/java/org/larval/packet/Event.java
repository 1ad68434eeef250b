package org.larval.packet;

/**
 * Something an engine announces that is not a packet: an acquire, an expiry, a state change. Each
 * room seals its own events under this name.
 */
public interface Event {}
