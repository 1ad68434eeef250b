/** Which guests and labels of a lab may reach which under a policy, by analysis without a run. */
@NullMarked
package org.larval.lab.reach;

import org.jspecify.annotations.NullMarked;
