/**
 * IKE SAs and what they do: an engine without sockets and clocks, the exchanges of one IKE SA, and
 * a task for each thing that an exchange can be for (RFC 7296). A task that initiates builds a
 * request and processes its response; one that responds processes a request and builds the
 * response.
 */
@NullMarked
package org.larval.ike.sa;

import org.jspecify.annotations.NullMarked;
