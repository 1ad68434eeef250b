/** The grammar of strongSwan's swanctl.conf, without a meaning yet. */
@NullMarked
package org.larval.ike.config.swanctl;

import org.jspecify.annotations.NullMarked;
