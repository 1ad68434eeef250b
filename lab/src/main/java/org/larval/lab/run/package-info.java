/** A running lab: the rooms put together, and the ledger that follows every packet. */
@NullMarked
package org.larval.lab.run;

import org.jspecify.annotations.NullMarked;
