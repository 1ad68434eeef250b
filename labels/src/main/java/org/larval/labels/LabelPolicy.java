package org.larval.labels;

import org.jspecify.annotations.Nullable;

/**
 * Says what one label may do to another. SID 0 stands for the unlabeled initial SID. Asking again
 * must be cheap: an implementation keeps its answers and allocates nothing for one it has.
 */
@FunctionalInterface
public interface LabelPolicy {
  /** A guest without SELinux. */
  LabelPolicy ALLOW_ALL = (source, target, securityClass, permission) -> Decision.Allowed.BY_RULE;

  /**
   * Decides, with the reason if the answer is no.
   *
   * @param sourceSid the subject
   * @param targetSid the object
   * @param securityClass a class of the policy, such as {@code association}
   * @param permission a permission of that class, such as {@code polmatch}
   */
  Decision decide(int sourceSid, int targetSid, String securityClass, String permission);

  /**
   * The denial that takes effect, for people who ask afterwards: it leaves no audit record.
   *
   * @return null if it is allowed, by a rule or since nobody enforces the policy
   */
  default Decision.@Nullable Denied denial(
      int sourceSid, int targetSid, String securityClass, String permission) {
    return decide(sourceSid, targetSid, securityClass, permission) instanceof Decision.Denied denied
        ? denied
        : null;
  }

  /** The same as a bare yes or no. */
  default boolean allowed(int sourceSid, int targetSid, String securityClass, String permission) {
    return decide(sourceSid, targetSid, securityClass, permission).allowed();
  }
}
