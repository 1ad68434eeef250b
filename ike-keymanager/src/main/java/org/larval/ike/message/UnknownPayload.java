package org.larval.ike.message;

/**
 * A payload of which at most the name is known, see {@link PayloadType}.
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param type its number
 * @param body behind the header that all payloads have
 */
public record UnknownPayload(boolean critical, int type, Octets body) implements Payload {}
