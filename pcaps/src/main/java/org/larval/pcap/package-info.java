/** Placeholder. */
@NullMarked
package org.larval.pcap;

import org.jspecify.annotations.NullMarked;
