/** Tests of the analysis of who reaches whom. */
@NullMarked
package org.larval.lab.reach;

import org.jspecify.annotations.NullMarked;
