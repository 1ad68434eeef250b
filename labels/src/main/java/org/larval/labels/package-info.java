/**
 * Security contexts, MLS levels and the decisions of a label policy. Other rooms carry contexts as
 * SIDs, small numbers that {@link org.larval.labels.Sids} hands out, and ask a {@link
 * org.larval.labels.LabelPolicy} what one may do to another.
 */
@NullMarked
package org.larval.labels;

import org.jspecify.annotations.NullMarked;
