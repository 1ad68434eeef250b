/** Tests of the key manager's files and data path. */
@NullMarked
package org.larval.lab.ike;

import org.jspecify.annotations.NullMarked;
