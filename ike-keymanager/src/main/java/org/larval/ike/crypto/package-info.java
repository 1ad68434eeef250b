/**
 * The cryptography of IKEv2: algorithms by name and number, proposals, key exchanges, the key
 * schedule and the protection of messages. Randomness comes in, nothing reads a clock, no provider
 * is registered anywhere.
 */
@NullMarked
package org.larval.ike.crypto;

import org.jspecify.annotations.NullMarked;
