/** A userspace IPsec gateway between a TUN device and a UDP socket of the host. */
@NullMarked
package org.larval.lab.gateway;

import org.jspecify.annotations.NullMarked;
