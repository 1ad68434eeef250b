@NullMarked
package org.larval.labels;

import org.jspecify.annotations.NullMarked;
