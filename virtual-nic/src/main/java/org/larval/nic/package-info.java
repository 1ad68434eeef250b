/**
 * The NIC between a guest and the lab: a virtio split virtqueue pair over memory that both ends
 * see, in process or in a mapped {@link org.larval.nic.Netfile}.
 *
 * <p>{@link org.larval.nic.GuestFace} and {@link org.larval.nic.LabFace} are what the rest of the
 * lab sees. Today both are played over rings ({@link org.larval.nic.VirtualNic}); other control
 * planes (vhost-user, memif, TAP) bring memory or a lab face of their own and change nothing else.
 */
@NullMarked
package org.larval.nic;

import org.jspecify.annotations.NullMarked;
