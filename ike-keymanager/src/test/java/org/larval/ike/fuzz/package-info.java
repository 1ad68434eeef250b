/** What the fuzzer feeds to this room, see {@code src/test/fuzz/run}. */
@NullMarked
package org.larval.ike.fuzz;

import org.jspecify.annotations.NullMarked;
