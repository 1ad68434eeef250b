@NullMarked
package org.larval.labels.avc;

import org.jspecify.annotations.NullMarked;
