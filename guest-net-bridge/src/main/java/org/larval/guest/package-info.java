/**
 * The guest's own IP stack: neighbours, routes, fragments, ICMP, UDP, sockets and the five hooks.
 * It knows nothing of IPsec; {@link org.larval.guest.SecurityPath} is where the lab plugs it in.
 */
@NullMarked
package org.larval.guest;

import org.jspecify.annotations.NullMarked;
