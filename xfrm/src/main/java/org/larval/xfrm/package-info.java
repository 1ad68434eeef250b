/**
 * The vault: policies, states, the look-up, the SA-miss desk, ESP and AH, replay windows,
 * statistics and the grammar of {@code ip xfrm}. Mirrors net/xfrm of Linux 6.12; {@code
 * docs/linux-parity.md} lists where it differs.
 */
@NullMarked
package org.larval.xfrm;

import org.jspecify.annotations.NullMarked;
