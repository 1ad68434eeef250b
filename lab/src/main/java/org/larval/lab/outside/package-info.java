/**
 * NICs of guests that the lab does not run: over a netfile, TAP, QEMU's netdevs, VXLAN. Everything
 * lives on the lab's own loop; no guest has a thread.
 */
@NullMarked
package org.larval.lab.outside;

import org.jspecify.annotations.NullMarked;
