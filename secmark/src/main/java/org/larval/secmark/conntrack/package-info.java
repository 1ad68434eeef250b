/**
 * Connection tracking as Linux's nf_conntrack does it: tuples, states, timeouts, a bounded table.
 */
@NullMarked
package org.larval.secmark.conntrack;

import org.jspecify.annotations.NullMarked;
