package org.larval.labels.policydb;

import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;

/**
 * A context in the numbers of one policy, which alone can say what they mean. Categories and
 * sensitivities are the policy's values minus one.
 *
 * @param user value of the user
 * @param role value of the role
 * @param type value of the type, never of an attribute
 * @param range {@link #NO_RANGE} where the policy has no MLS
 */
public record PolicyContext(int user, int role, int type, MlsRange range) {
  /** The range of every context of a policy without MLS. */
  public static final MlsRange NO_RANGE = MlsRange.at(MlsLevel.LOWEST);

  /** The role that objects have, which goes with every user and type. */
  public static final int OBJECT_ROLE = 1;

  /** The same with another type. */
  public PolicyContext withType(int other) {
    return new PolicyContext(user, role, other, range);
  }
}
