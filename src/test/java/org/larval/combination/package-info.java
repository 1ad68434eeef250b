/** What there is to protect packets with: algorithms, modes, families, numbers, encapsulation. */
@NullMarked
package org.larval.combination;

import org.jspecify.annotations.NullMarked;
