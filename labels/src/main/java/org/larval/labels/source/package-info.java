/**
 * Policies from source: the statements of SELinux' policy language, and a builder for everything
 * else, compiled to the kernel's binary format. What comes out is read like a distribution's policy
 * ({@link org.larval.labels.policydb.PolicyReader}), so that one engine decides for both.
 */
@NullMarked
package org.larval.labels.source;

import org.jspecify.annotations.NullMarked;
