/** The grammar of {@code ip xfrm}, read and written as iproute2 does. */
@NullMarked
package org.larval.xfrm.grammar;

import org.jspecify.annotations.NullMarked;
