/** Labels on sockets and packets of whole labs, as the SELinux test suite looks at them. */
@NullMarked
package org.larval.labeled;

import org.jspecify.annotations.NullMarked;
