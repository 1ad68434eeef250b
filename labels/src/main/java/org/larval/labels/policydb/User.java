package org.larval.labels.policydb;

import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;

/**
 * A user of a policy.
 *
 * @param name its name
 * @param bounds the user that bounds it, or 0
 * @param roles the roles it may have
 * @param range its clearance; {@link PolicyContext#NO_RANGE} without MLS
 * @param level where it works unless told otherwise
 */
public record User(String name, int bounds, ValueSet roles, MlsRange range, MlsLevel level) {}
