/**
 * Labels in packets: CIPSO and RIPSO in IPv4 headers, CALIPSO in IPv6 hop-by-hop headers, and what
 * the kernel's NetLabel does with them. {@link org.larval.cipso.NetLabel} is what a guest's stack
 * talks to; lines of {@code netlabelctl} are in {@code org.larval.cipso.grammar}.
 */
@NullMarked
package org.larval.cipso;

import org.jspecify.annotations.NullMarked;
