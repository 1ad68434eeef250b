@NullMarked
package org.larval.cipso.grammar;

import org.jspecify.annotations.NullMarked;
