/**
 * What SAs do to the bytes of packets: ESP, AH and IPComp, each in every {@linkplain
 * org.larval.xfrm.transform.Wrapping mode}; sequence numbers and replay windows. {@link
 * org.larval.xfrm.transform.StateMaker} makes states of them.
 */
@NullMarked
package org.larval.xfrm.transform;

import org.jspecify.annotations.NullMarked;
