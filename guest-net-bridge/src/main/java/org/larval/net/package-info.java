/** The street: links with impairments, and the learning bridge. */
@NullMarked
package org.larval.net;

import org.jspecify.annotations.NullMarked;
