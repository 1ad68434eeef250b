package org.larval.xfrm;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the security policy database (struct xfrm_policy without its running state).
 *
 * @param index Linux's number for it, low three bits the direction; 0 until inserted
 * @param priority unsigned; numerically lowest is looked at first
 * @param templates at most 6, though the kernel resolves at most 5
 */
public record Policy(
    Direction direction,
    Selector selector,
    int priority,
    int index,
    Action action,
    Mark mark,
    int ifId,
    @Nullable SecurityLabel label,
    List<Template> templates) {

  /** What happens to a packet that matches. */
  public enum Action {
    ALLOW,
    BLOCK
  }

  /** Keeps its own copy of the list. */
  public Policy {
    templates = List.copyOf(templates);
  }

  /** What makes two policies the same to the kernel: a second one is EEXIST, or an update. */
  public record Identity(
      Direction direction, Selector selector, Mark mark, int ifId, @Nullable SecurityLabel label) {}

  /** See {@link Identity}. */
  public Identity identity() {
    return new Identity(direction, selector, mark, ifId, label);
  }

  /** The same policy under another index. */
  public Policy withIndex(int newIndex) {
    return new Policy(
        direction, selector, priority, newIndex, action, mark, ifId, label, templates);
  }

  /** Whether some template must be met. */
  public boolean demandsProtection() {
    return action == Action.ALLOW && templates.stream().anyMatch(t -> !t.optional());
  }

  @Override
  public String toString() {
    return selector
        + " dir "
        + direction.label()
        + (action == Action.BLOCK ? " action block" : "")
        + (label == null ? "" : " ctx " + label);
  }
}
