/**
 * The locksmith: key managers that answer an xfrm engine's acquires. The scripted one answers after
 * a fixed time; IKEv2 will stand beside it behind the same {@link org.larval.ike.KeyManager}.
 */
@NullMarked
package org.larval.ike;

import org.jspecify.annotations.NullMarked;
