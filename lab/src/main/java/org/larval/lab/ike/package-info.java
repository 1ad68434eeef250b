/**
 * Where IKE and xfrm meet, in labs and in {@code larval ike}: what key managers agree on becomes
 * states of an engine; and the daemon on real sockets, its files and its commands.
 */
@NullMarked
package org.larval.lab.ike;

import org.jspecify.annotations.NullMarked;
