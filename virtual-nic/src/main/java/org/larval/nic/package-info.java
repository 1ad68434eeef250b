/** Placeholder. */
@NullMarked
package org.larval.nic;

import org.jspecify.annotations.NullMarked;
