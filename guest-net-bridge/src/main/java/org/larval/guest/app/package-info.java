/** Applications that make traffic: what a lab file's {@code traffic:} starts. */
@NullMarked
package org.larval.guest.app;

import org.jspecify.annotations.NullMarked;
