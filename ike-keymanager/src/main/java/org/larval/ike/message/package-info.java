/**
 * What IKEv2 says on the wire (RFC 7296 section 3): one value per payload, read and written here
 * and nowhere else. No state, no keys.
 */
@NullMarked
package org.larval.ike.message;

import org.jspecify.annotations.NullMarked;
