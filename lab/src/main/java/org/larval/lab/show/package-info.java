/**
 * What {@code larval show} does: reads a capture and the SAs of {@code ip xfrm} lines, opens every
 * packet layer by layer, and builds it again.
 */
@NullMarked
package org.larval.lab.show;

import org.jspecify.annotations.NullMarked;
