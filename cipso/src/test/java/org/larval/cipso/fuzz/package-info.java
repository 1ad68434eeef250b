/** What the fuzzer feeds to this room, see {@code src/test/fuzz/run}. */
@NullMarked
package org.larval.cipso.fuzz;

import org.jspecify.annotations.NullMarked;
