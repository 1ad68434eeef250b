/**
 * The one place that owns time and chance: timelines on Netty event loops, alarms, and the seed.
 */
@NullMarked
package org.larval.lab.time;

import org.jspecify.annotations.NullMarked;
