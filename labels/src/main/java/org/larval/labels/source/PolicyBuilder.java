package org.larval.labels.source;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.labels.MlsRange;
import org.larval.labels.NetworkClasses;
import org.larval.labels.policydb.Capability;
import org.larval.labels.policydb.Contexts;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.policydb.PolicyDb;
import org.larval.labels.policydb.PolicyFileException;
import org.larval.labels.policydb.PolicyReader;
import org.larval.labels.policydb.Sensitivities;
import org.larval.labels.source.RuleSheet.ConditionalRules;

/**
 * Builds a policy from declarations and statements. What a name refers to must be declared before
 * it is used, and an attribute means the types that have it by then.
 *
 * <p>Offered are the classes of networking and {@code process}: those that a statement names are
 * part of the policy. There from the beginning are the initial SIDs' types {@code kernel_t}, {@code
 * unlabeled_t}, {@code port_t}, {@code netif_t}, {@code netlabel_peer_t} and {@code node_t}, and
 * the role {@code object_r}.
 *
 * <p>Every method throws {@link IllegalArgumentException} if something is wrong, with what would be
 * right after the last semicolon.
 */
public final class PolicyBuilder {
  private static final List<String> BUILT_IN =
      List.of("kernel_t", "unlabeled_t", "port_t", "netif_t", "netlabel_peer_t", "node_t");

  /** A user. */
  record UserEntry(BitSet roles, MlsRange range) {}

  final boolean mls;
  PolicyDb.HandleUnknown handleUnknown = PolicyDb.HandleUnknown.DENY;
  private boolean lowObjects;
  final BitSet capabilities = new BitSet();
  final ClassTable classes = new ClassTable();
  final TypeTable types = new TypeTable(this::forget);
  final NameList roles = new NameList("role");

  /** The types of each role, at its value minus one. */
  final List<BitSet> roleTypes = new ArrayList<>();

  final NameList users = new NameList("user");
  final List<UserEntry> userEntries = new ArrayList<>();
  final NameList booleans = new NameList("boolean");
  final BitSet booleansOn = new BitSet();
  final LevelTable levels = new LevelTable();
  final RuleSheet rules = new RuleSheet();
  final TransitionSheet transitions = new TransitionSheet();
  final ObjectLabels objects = new ObjectLabels(this::context);

  private @Nullable Contexts contexts;

  /** A policy of the same levels and nothing else. */
  private @Nullable PolicyDb scale;

  /**
   * An empty policy, which denies everything.
   *
   * @param mls whether contexts have ranges
   */
  public PolicyBuilder(boolean mls) {
    this.mls = mls;
    for (String name : NetworkClasses.names().split(", ")) {
      classes.offer(name, NetworkClasses.permissions(name));
    }
    classes.offer("process", List.of("fork", "transition", "dyntransition", "setsockcreate"));
    for (String name : BUILT_IN) {
      types.builtIn(name);
    }
    roles.add("object_r");
    roleTypes.add(new BitSet());
  }

  /** Whether contexts have ranges. */
  public boolean mls() {
    return mls;
  }

  // --- declarations ---

  /** What becomes of classes and permissions that the policy does not know; denied unless said. */
  public void handleUnknown(PolicyDb.HandleUnknown what) {
    handleUnknown = what;
  }

  /** Gives the policy a capability. */
  public void capability(Capability capability) {
    capabilities.set(capability.ordinal());
  }

  /**
   * Makes all classes that are offered part of the policy, whether a statement names them or not:
   * what no rule allows of them is denied then.
   */
  public void allClasses() {
    classes.takeAll();
  }

  /** Declares a class, or gives one that is offered other permissions. */
  public void securityClass(String name, List<String> permissions) {
    classes.add(name, permissions);
  }

  /** Declares a category. */
  public void category(String name, List<String> aliases) {
    levels.category(name, aliases);
    forget();
  }

  /** Complains if there is no category of this name. */
  public void requireCategory(String name) {
    levels.categories.known(name);
  }

  /** Declares a sensitivity above those declared before, with all categories declared by now. */
  public void sensitivity(String name, List<String> aliases) {
    levels.sensitivity(name, aliases);
    forget();
  }

  /** Restricts a sensitivity to some categories, such as {@code c0.c127}. */
  public void categoriesOf(String sensitivity, String items) {
    levels.restrict(sensitivity, items);
    forget();
  }

  /** From now on a type that nobody declared is declared by being named in a statement. */
  public void openTypes() {
    types.open();
  }

  /** Declares an attribute. */
  public void attribute(String name) {
    types.attribute(name);
  }

  /** Declares a type with its attributes, which are declared by that if need be. */
  public void type(String name, List<String> having, List<String> aliases) {
    types.type(name, having, aliases);
  }

  /** Whether a type or an attribute of this name is known. */
  public boolean knowsType(String name) {
    return types.names.value(name) != 0;
  }

  /** Whether a role of this name is known. */
  public boolean knowsRole(String name) {
    return roles.value(name) != 0;
  }

  /** Whether a user of this name is known. */
  public boolean knowsUser(String name) {
    return users.value(name) != 0;
  }

  /** Lets one type have no more permissions than another. */
  public void bounds(String parent, String child) {
    types.bound(parent, child);
  }

  /** Lets denials of a type be logged only. */
  public void permissive(String type) {
    types.permissive.set(types.one(type));
  }

  /**
   * Declares a role.
   *
   * @param having types, attributes, or {@code *} for every type declared by now
   */
  public void role(String name, List<String> having) {
    BitSet set = new BitSet();
    for (String type : having) {
      if (type.equals("*")) {
        set.or(types.all());
      } else {
        set.or(types.members(types.names.known(type)));
      }
    }
    roles.add(name);
    roleTypes.add(set);
    forget();
  }

  /**
   * Declares a user.
   *
   * @param having roles
   * @param range the clearance; null for the lowest level to the highest
   */
  public void user(String name, List<String> having, @Nullable String range) {
    BitSet set = new BitSet();
    for (String role : having) {
      set.set(roles.known(role));
    }
    MlsRange clearance = range == null ? wholeRange() : range(range);
    users.add(name);
    userEntries.add(new UserEntry(set, clearance));
    forget();
  }

  private MlsRange wholeRange() {
    return mls ? range(lowest() + "-" + highest()) : PolicyContext.NO_RANGE;
  }

  /** The lowest level as text; empty without MLS. */
  public String lowest() {
    return mls ? levels.lowest() : "";
  }

  /** The highest level as text; empty without MLS. */
  public String highest() {
    return mls ? levels.highest() : "";
  }

  /** Declares a boolean. */
  public void bool(String name, boolean on) {
    booleansOn.set(booleans.add(name), on);
  }

  // --- statements ---

  /**
   * Reads statements of the policy language: allow, auditallow, dontaudit, allowxperm,
   * auditallowxperm, dontauditxperm, type_transition, type_member, type_change, range_transition,
   * role_transition, constrain, mlsconstrain, validatetrans, mlsvalidatetrans, default_user,
   * default_role, default_type, default_range, permissive, typebounds, and if with else.
   *
   * @throws org.larval.labels.PolicyTextException if something is wrong, with its place
   */
  public void statements(String text) {
    new PolicyStatements(this, text).read(null, true);
  }

  /**
   * Reads constraints as far as they are about classes that are part of the policy, after all other
   * statements.
   */
  void constraints(String text) {
    classes.freeze();
    statements(text);
  }

  /** A block of rules that hold while a condition on booleans does, or while it does not. */
  public final class Conditional {
    private final ConditionalRules block;

    private Conditional(ConditionalRules block) {
      this.block = block;
    }

    /** Reads rules of the block: allow, auditallow, dontaudit and those of types. */
    public void statements(String text, boolean whenTrue) {
      new PolicyStatements(PolicyBuilder.this, text).read(block, whenTrue);
    }
  }

  /** Begins a block of conditional rules. */
  public Conditional when(String condition) {
    StatementScanner scanner = new StatementScanner(condition);
    ConditionalRules block = rules.block(Expressions.condition(this, scanner));
    if (!scanner.atEnd()) {
      throw scanner.unexpected("the end of the condition, or an operator such as &&");
    }
    return new Conditional(block);
  }

  // --- contexts of the world around ---

  /**
   * Initial SIDs that get no context have the lowest level and no range, as in a policy with
   * categories alone: otherwise nobody who lacks one could use an interface or an address.
   */
  public void lowObjects() {
    lowObjects = true;
  }

  /** Gives an initial SID its context. */
  public void initialSid(String name, String context) {
    objects.initialSid(name, context);
  }

  /**
   * Labels a range of ports: protocol 6 TCP, 17 UDP, 33 DCCP, 132 SCTP. The first that fits counts.
   */
  public void port(int protocol, int low, int high, String context) {
    objects.port(protocol, low, high, context);
  }

  /** Labels an interface, and what arrives on it unlabeled. */
  public void netif(String name, String context, String message) {
    objects.netif(name, context, message);
  }

  /**
   * Labels a network. The longest prefix that fits an address counts.
   *
   * @param high the upper 64 bits of the address, 0 for IPv4
   * @param low the lower 64 bits
   * @param bits the length of the prefix
   */
  public void node(boolean v6, long high, long low, int bits, String context) {
    objects.node(v6, high, low, bits, context);
  }

  /** The context that a text means; checked like any other. */
  PolicyContext context(String text) {
    return contexts().parse(text.replace(" ", ""));
  }

  MlsRange range(String text) {
    if (!mls) {
      throw new IllegalArgumentException(
          "this policy has no levels; leave the range out, or turn 'mls' on");
    }
    PolicyDb known = scale;
    if (known == null) {
      PolicyBuilder small = new PolicyBuilder(true);
      levels.copyTo(small.levels);
      known = small.compile();
      scale = known;
    }
    MlsRange range = known.contexts().range(text.replace(" ", ""));
    Sensitivities valid = known.sensitivities();
    if (!valid.valid(range.low()) || !valid.valid(range.high())) {
      throw new IllegalArgumentException(
          "'" + text + "' has categories that its sensitivity may not have; leave them out");
    }
    return range;
  }

  private Contexts contexts() {
    Contexts known = contexts;
    if (known == null) {
      known = compile().contexts();
      contexts = known;
    }
    return known;
  }

  /** Contexts must be read anew when there are new names. */
  private void forget() {
    contexts = null;
    scale = null;
  }

  // --- the result ---

  /**
   * The policy in the kernel's binary format, version 33, complete: a user, a role and contexts for
   * the initial SIDs are added where there are none.
   */
  public byte[] image() {
    complete();
    return new PolicyImage(this).bytes();
  }

  /** The policy, read back from its {@link #image}. */
  public PolicyDb build() {
    complete();
    return compile();
  }

  private PolicyDb compile() {
    try {
      return PolicyReader.read("compiled policy", new PolicyImage(this).bytes());
    } catch (PolicyFileException problem) {
      throw new IllegalStateException(problem);
    }
  }

  /** Adds a role {@code system_r} for all types and a user {@code system_u} for all roles. */
  public void completeUsers() {
    if (mls && levels.sensitivities.size() == 0) {
      sensitivity("s0", List.of());
    }
    if (roles.size() == 1) {
      role("system_r", List.of("*"));
    }
    if (users.size() == 0) {
      List<String> all = new ArrayList<>();
      for (int role = 2; role <= roles.size(); role++) {
        all.add(roles.name(role));
      }
      user("system_u", all, null);
    }
  }

  private void complete() {
    completeUsers();
    String low = mls ? ":" + lowest() : "";
    objects.complete(users.name(1), low, mls && !lowObjects ? low + "-" + highest() : low);
  }
}
