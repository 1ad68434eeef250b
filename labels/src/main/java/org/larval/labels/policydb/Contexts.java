package org.larval.labels.policydb;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.larval.labels.CategorySet;
import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;
import org.larval.labels.policydb.InvalidContextException.Part;

/**
 * Contexts of one policy as text: the kernel's grammar (string_to_context_struct,
 * mls_context_to_sid), its rules of validity (policydb_context_isvalid) and its canonical printing.
 */
public final class Contexts {
  private final boolean mls;
  private final @Nullable User[] users;
  private final NameTable userNames;
  private final Roles roles;
  private final NameTable types;
  private final boolean[] attribute;
  private final Sensitivities sensitivities;

  Contexts(
      boolean mls,
      NameTable userNames,
      @Nullable User[] users,
      Roles roles,
      NameTable types,
      boolean[] attribute,
      Sensitivities sensitivities) {
    this.mls = mls;
    this.userNames = userNames;
    this.users = users;
    this.roles = roles;
    this.types = types;
    this.attribute = attribute;
    this.sensitivities = sensitivities;
  }

  Sensitivities sensitivities() {
    return sensitivities;
  }

  // --- reading ---

  /**
   * Reads a context.
   *
   * @throws InvalidContextException if it means nothing in this policy, with the part that is wrong
   */
  public PolicyContext parse(String text) {
    int afterUser = text.indexOf(':');
    int afterRole = afterUser < 0 ? -1 : text.indexOf(':', afterUser + 1);
    if (afterRole < 0) {
      throw wrong(Part.WHOLE, "'" + text + "' is not user:role:type" + (mls ? ":range" : ""));
    }
    int afterType = text.indexOf(':', afterRole + 1);
    int user = known(userNames, Part.USER, text.substring(0, afterUser));
    int role = known(roles.names(), Part.ROLE, text.substring(afterUser + 1, afterRole));
    int type =
        known(
            types,
            Part.TYPE,
            text.substring(afterRole + 1, afterType < 0 ? text.length() : afterType));
    if (mls != afterType >= 0) {
      throw wrong(
          Part.WHOLE,
          "'"
              + text
              + "' has "
              + (mls ? "no range; this policy has MLS" : "a range; this policy" + " has no MLS"));
    }
    MlsRange range = mls ? range(text.substring(afterType + 1)) : PolicyContext.NO_RANGE;
    PolicyContext context = new PolicyContext(user, role, type, range);
    InvalidContextException problem = problem(context);
    if (problem != null) {
      throw problem;
    }
    return context;
  }

  private static int known(NameTable table, Part part, String name) {
    int value = table.value(name);
    if (value == 0) {
      throw new InvalidContextException(
          part, "there is no " + word(part) + " '" + name + "' in this policy", table, name);
    }
    return value;
  }

  private static String word(Part part) {
    return part.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads one level, or two with a dash between, the second of which must dominate the first.
   *
   * @throws InvalidContextException if a name is unknown or the range upside down
   */
  public MlsRange range(String text) {
    MlsLevel[] ends = ends(text);
    if (!ends[1].dominates(ends[0])) {
      throw wrong(
          Part.RANGE,
          "high level '" + text(ends[1]) + "' does not dominate low level '" + text(ends[0]) + "'");
    }
    return new MlsRange(ends[0], ends[1]);
  }

  /** Low and high of a range; the high one need not dominate. The first dash divides them. */
  MlsLevel[] ends(String text) {
    int dash = text.indexOf('-');
    MlsLevel low = level(dash < 0 ? text : text.substring(0, dash));
    return new MlsLevel[] {low, dash < 0 ? low : level(text.substring(dash + 1))};
  }

  /**
   * Reads a level, which need not be valid: its categories may go beyond those of its sensitivity.
   *
   * @throws InvalidContextException if a name is unknown or a range of categories does not rise
   */
  public MlsLevel level(String text) {
    int colon = text.indexOf(':');
    int sensitivity =
        known(sensitivities.names(), Part.SENSITIVITY, colon < 0 ? text : text.substring(0, colon));
    if (colon < 0) {
      return new MlsLevel(sensitivity - 1, CategorySet.EMPTY);
    }
    BitSet categories = new BitSet();
    for (int at = colon + 1; at >= 0; ) {
      int comma = text.indexOf(',', at);
      item(text.substring(at, comma < 0 ? text.length() : comma), categories);
      at = comma < 0 ? -1 : comma + 1;
    }
    return new MlsLevel(sensitivity - 1, CategorySet.of(categories));
  }

  private void item(String text, BitSet set) {
    int dot = text.indexOf('.');
    NameTable names = sensitivities.categories();
    int first = known(names, Part.CATEGORY, dot < 0 ? text : text.substring(0, dot));
    int last = dot < 0 ? first : known(names, Part.CATEGORY, text.substring(dot + 1));
    if (dot >= 0 && last <= first) {
      throw wrong(Part.CATEGORY, "the range of categories '" + text + "' does not rise");
    }
    set.set(first - 1, last);
  }

  private static InvalidContextException wrong(Part part, String message) {
    return new InvalidContextException(part, message);
  }

  // --- validity ---

  /** Whether a context may exist in this policy. */
  public boolean valid(PolicyContext context) {
    return problem(context) == null;
  }

  /** What keeps a context from existing, or null. */
  public @Nullable InvalidContextException problem(PolicyContext context) {
    int type = context.type();
    int role = context.role();
    if (attribute[type]) {
      return wrong(Part.TYPE, "'" + types.name(type) + "' is an attribute, not a type");
    }
    User user = user(context);
    if (role != PolicyContext.OBJECT_ROLE) {
      if (!roles.types(role).contains(type)) {
        return wrong(
            Part.ROLE_TYPE,
            "role '" + roles.names().name(role) + "' may not have type '" + types.name(type) + "'");
      }
      if (!user.roles().contains(role)) {
        return wrong(
            Part.USER_ROLE,
            "user '" + user.name() + "' may not have role '" + roles.names().name(role) + "'");
      }
    }
    return mls ? rangeProblem(context.range(), role, user) : null;
  }

  private User user(PolicyContext context) {
    return Objects.requireNonNull(users[context.user()]);
  }

  private @Nullable InvalidContextException rangeProblem(MlsRange range, int role, User user) {
    for (MlsLevel level : Arrays.asList(range.low(), range.high())) {
      int sensitivity = level.sensitivity() + 1;
      if (!sensitivities.names().has(sensitivity)) {
        return wrong(Part.SENSITIVITY, "there is no sensitivity " + sensitivity);
      }
      if (!sensitivities.allowed(sensitivity).containsAll(level.categories())) {
        return wrong(
            Part.CATEGORY,
            "sensitivity '"
                + sensitivities.names().name(sensitivity)
                + "' may not have all categories of '"
                + text(level)
                + "'");
      }
    }
    if (role != PolicyContext.OBJECT_ROLE && !user.range().contains(range)) {
      return wrong(
          Part.USER_RANGE,
          "range '"
              + text(range)
              + "' is not within '"
              + text(user.range())
              + "' of user '"
              + user.name()
              + "'");
    }
    return null;
  }

  // --- printing ---

  /** The canonical text of a context. */
  public String text(PolicyContext context) {
    StringBuilder text = new StringBuilder(64);
    text.append(userNames.name(context.user()));
    String role = roles.names().nameOrNull(context.role());
    text.append(':').append(role == null ? "object_r" : role);
    text.append(':').append(types.name(context.type()));
    if (mls) {
      text.append(':');
      append(text, context.range());
    }
    return text.toString();
  }

  /** The canonical text of a range. */
  public String text(MlsRange range) {
    StringBuilder text = new StringBuilder();
    append(text, range);
    return text.toString();
  }

  /** The canonical text of a level. */
  public String text(MlsLevel level) {
    StringBuilder text = new StringBuilder();
    append(text, level);
    return text.toString();
  }

  private void append(StringBuilder text, MlsRange range) {
    append(text, range.low());
    if (!range.high().equals(range.low())) {
      text.append('-');
      append(text, range.high());
    }
  }

  private void append(StringBuilder text, MlsLevel level) {
    text.append(name(sensitivities.names(), level.sensitivity() + 1));
    CategorySet set = level.categories();
    char separator = ':';
    for (int first = set.next(0); first >= 0; ) {
      int last = set.runEnd(first);
      text.append(separator).append(name(sensitivities.categories(), first + 1));
      if (last > first) {
        text.append(last == first + 1 ? ',' : '.');
        text.append(name(sensitivities.categories(), last + 1));
      }
      separator = ',';
      first = set.next(last + 1);
    }
  }

  /** Of a hole in the values, which only a range between two names can bring in, the number. */
  private static String name(NameTable table, int value) {
    String name = table.nameOrNull(value);
    return name == null ? "?" + value : name;
  }
}
