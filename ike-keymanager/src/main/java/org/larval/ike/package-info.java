/** Placeholder. */
@NullMarked
package org.larval.ike;

import org.jspecify.annotations.NullMarked;
