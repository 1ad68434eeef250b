/**
 * Why a policy denies: which rule is missing, which constraint fails on which operand, and the
 * smallest change that would permit it. Nothing here decides; it looks at the decisions of {@link
 * org.larval.labels.policydb.SecurityServer} again, slowly.
 */
@NullMarked
package org.larval.labels.why;

import org.jspecify.annotations.NullMarked;
