package org.larval.xfrm;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the security policy database (struct xfrm_policy without its running state).
 *
 * @param type which of the two databases it stands in
 * @param index Linux's number for it, low three bits the direction; 0 until inserted
 * @param priority unsigned; numerically lowest is looked at first
 * @param flags in the order of their bits
 * @param templates at most 6, though the kernel resolves at most 5
 */
public record Policy(
    PolicyType type,
    Direction direction,
    Selector selector,
    int priority,
    int index,
    Action action,
    Set<PolicyFlag> flags,
    Mark mark,
    int ifId,
    @Nullable SecurityLabel label,
    List<Template> templates) {

  private static final Set<PolicyFlag> NO_FLAGS =
      Collections.unmodifiableSet(EnumSet.noneOf(PolicyFlag.class));

  /** What happens to a packet that matches. */
  public enum Action {
    ALLOW,
    BLOCK
  }

  /** Keeps its own copies. */
  public Policy {
    flags = flags.isEmpty() ? NO_FLAGS : Collections.unmodifiableSet(EnumSet.copyOf(flags));
    templates = List.copyOf(templates);
  }

  /** A main policy without flags. */
  public Policy(
      Direction direction,
      Selector selector,
      int priority,
      int index,
      Action action,
      Mark mark,
      int ifId,
      @Nullable SecurityLabel label,
      List<Template> templates) {
    this(
        PolicyType.MAIN,
        direction,
        selector,
        priority,
        index,
        action,
        NO_FLAGS,
        mark,
        ifId,
        label,
        templates);
  }

  /** What makes two policies the same to the kernel: a second one is EEXIST, or an update. */
  public record Identity(
      PolicyType type,
      Direction direction,
      Selector selector,
      Mark mark,
      int ifId,
      @Nullable SecurityLabel label) {
    /** That of a main policy. */
    public Identity(
        Direction direction,
        Selector selector,
        Mark mark,
        int ifId,
        @Nullable SecurityLabel label) {
      this(PolicyType.MAIN, direction, selector, mark, ifId, label);
    }
  }

  /** See {@link Identity}. */
  public Identity identity() {
    return new Identity(type, direction, selector, mark, ifId, label);
  }

  /** The same policy under another index. */
  public Policy withIndex(int newIndex) {
    return copy(type, newIndex, flags, mark, templates);
  }

  /** The same policy in another of the two databases. */
  public Policy withType(PolicyType newType) {
    return copy(newType, index, flags, mark, templates);
  }

  /** The same policy with these flags and no others. */
  public Policy withFlags(Set<PolicyFlag> newFlags) {
    return copy(type, index, newFlags, mark, templates);
  }

  /** The same policy under another mark. */
  Policy withMark(Mark newMark) {
    return copy(type, index, flags, newMark, templates);
  }

  /** The same policy with other templates. */
  Policy withTemplates(List<Template> newTemplates) {
    return copy(type, index, flags, mark, newTemplates);
  }

  private Policy copy(
      PolicyType newType,
      int newIndex,
      Set<PolicyFlag> newFlags,
      Mark newMark,
      List<Template> newTemplates) {
    return new Policy(
        newType,
        direction,
        selector,
        priority,
        newIndex,
        action,
        newFlags,
        newMark,
        ifId,
        label,
        newTemplates);
  }

  /** Whether some template must be met. */
  public boolean demandsProtection() {
    if (action == Action.ALLOW) {
      for (Template template : templates) {
        if (!template.optional()) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return selector
        + " dir "
        + direction.label()
        + (type == PolicyType.SUB ? " ptype sub" : "")
        + (action == Action.BLOCK ? " action block" : "")
        + (label == null ? "" : " ctx " + label);
  }
}
