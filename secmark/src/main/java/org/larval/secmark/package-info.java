/**
 * Marks on packets: rules that give a packet a SID on its way through a guest, and the packet class
 * checks that ask a policy about it. A mark never leaves the guest.
 */
@NullMarked
package org.larval.secmark;

import org.jspecify.annotations.NullMarked;
