@NullMarked
package org.larval.labels.source;

import org.jspecify.annotations.NullMarked;
