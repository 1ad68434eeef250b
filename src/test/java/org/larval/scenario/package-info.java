/** Scenarios over whole labs: what became of the traffic, and why. */
@NullMarked
package org.larval.scenario;

import org.jspecify.annotations.NullMarked;
