/** Composition of all rooms into a lab. */
@NullMarked
package org.larval.lab;

import org.jspecify.annotations.NullMarked;
