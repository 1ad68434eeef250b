/**
 * The kernel's binary SELinux policy: read, asked and switched at run time. A {@link
 * org.larval.labels.policydb.PolicyReader} makes a {@link org.larval.labels.policydb.PolicyDb},
 * which never changes; a {@link org.larval.labels.policydb.SecurityServer} answers from it and
 * keeps what may change, the booleans.
 */
@NullMarked
package org.larval.labels.policydb;

import org.jspecify.annotations.NullMarked;
