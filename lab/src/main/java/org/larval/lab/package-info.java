/** Placeholder. */
@NullMarked
package org.larval.lab;

import org.jspecify.annotations.NullMarked;
