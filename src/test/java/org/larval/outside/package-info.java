/** Guests that the lab does not run, as real processes. */
@NullMarked
package org.larval.outside;

import org.jspecify.annotations.NullMarked;
