/**
 * The access vector cache: decisions of a policy by SIDs, what of them is logged, and the kernel's
 * audit records.
 */
@NullMarked
package org.larval.labels.avc;

import org.jspecify.annotations.NullMarked;
