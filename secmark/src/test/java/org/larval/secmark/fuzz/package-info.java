/** Any text as rules, any bytes as packets for them. */
@NullMarked
package org.larval.secmark.fuzz;

import org.jspecify.annotations.NullMarked;
