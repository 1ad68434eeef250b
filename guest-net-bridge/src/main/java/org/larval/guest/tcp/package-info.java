/** TCP: connections as state machines without a clock, and the table that finds them. */
@NullMarked
package org.larval.guest.tcp;

import org.jspecify.annotations.NullMarked;
