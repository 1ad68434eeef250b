/**
 * Formats that two rooms read. Each has a checked view over bytes, named {@code ...View}: {@code
 * wrap} checks every length once and answers the {@link org.larval.wire.Malformed} reason or null;
 * after a null no getter can fail. Views are flyweights: wrap one again for the next packet, and
 * never share one between threads. To write a header, call the view's static {@code emit}.
 */
@NullMarked
package org.larval.wire;

import org.jspecify.annotations.NullMarked;
