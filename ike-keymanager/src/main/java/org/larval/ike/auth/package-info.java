/**
 * Who a peer is and how it proves it: identities, AUTH payloads, certificates. The time of day
 * comes in where validity counts; every refusal is one sentence.
 */
@NullMarked
package org.larval.ike.auth;

import org.jspecify.annotations.NullMarked;
