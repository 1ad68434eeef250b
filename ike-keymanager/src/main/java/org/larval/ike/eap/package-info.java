/**
 * EAP inside IKE_AUTH (RFC 3748, RFC 7296 section 2.16): packets in, packets out, at the end a key.
 * MSCHAPv2 and TLS, as the one who is asked and the one who asks.
 */
@NullMarked
package org.larval.ike.eap;

import org.jspecify.annotations.NullMarked;
