/** Tests of the readers of files. */
@NullMarked
package org.larval.lab.file;

import org.jspecify.annotations.NullMarked;
