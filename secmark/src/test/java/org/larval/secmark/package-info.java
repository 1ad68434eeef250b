@NullMarked
package org.larval.secmark;

import org.jspecify.annotations.NullMarked;
