@NullMarked
package org.larval.labels.why;

import org.jspecify.annotations.NullMarked;
