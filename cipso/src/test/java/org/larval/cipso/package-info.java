@NullMarked
package org.larval.cipso;

import org.jspecify.annotations.NullMarked;
