package org.larval.labels.source;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
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
 * <p>There from the beginning: the classes of networking and {@code process}, the initial SIDs'
 * types {@code kernel_t}, {@code unlabeled_t}, {@code port_t}, {@code netif_t}, {@code
 * netlabel_peer_t} and {@code node_t}, and the role {@code object_r}.
 *
 * <p>Every method throws {@link IllegalArgumentException} if something is wrong, with what would be
 * right after the last semicolon.
 */
public final class PolicyBuilder {
  /** The initial SIDs by name, at their numbers minus one (initial_sid_to_string.h). */
  static final List<String> INITIAL_SIDS =
      List.of(
          ("kernel security unlabeled fs file file_labels init any_socket port netif netmsg node"
                  + " igmp_packet icmp_socket tcp_socket sysctl_modprobe sysctl sysctl_fs"
                  + " sysctl_kernel sysctl_net sysctl_net_unix sysctl_vm sysctl_dev kmod policy"
                  + " scmp_packet devnull")
              .split(" "));

  private static final List<String> BUILT_IN =
      List.of("kernel_t", "unlabeled_t", "port_t", "netif_t", "netlabel_peer_t", "node_t");

  /**
   * A class.
   *
   * @param checks constraints on access
   * @param validations of changes of labels
   * @param defaults user, role, range and type of new objects, as the format numbers them
   */
  record ClassEntry(
      NameList permissions, List<Check> checks, List<Check> validations, List<Integer> defaults) {
    ClassEntry(NameList permissions) {
      this(
          permissions,
          new ArrayList<>(),
          new ArrayList<>(),
          new ArrayList<>(Collections.nCopies(4, 0)));
    }
  }

  /** Permissions that are withheld unless an expression holds. */
  record Check(int permissions, List<Expressions.Node> nodes) {}

  /** A user. */
  record UserEntry(BitSet roles, MlsRange range) {}

  /** A range of ports. */
  record PortEntry(int protocol, int low, int high, PolicyContext context) {}

  /** An interface. */
  record NetifEntry(String name, PolicyContext context, PolicyContext message) {}

  /** A range of addresses, with the mask of so many bits. */
  record NodeEntry(boolean v6, long high, long low, int bits, PolicyContext context) {}

  /** A new range for new objects. */
  record RangeEntry(int source, int target, int securityClass) {}

  final boolean mls;
  PolicyDb.HandleUnknown handleUnknown = PolicyDb.HandleUnknown.DENY;
  final BitSet capabilities = new BitSet();
  final BitSet permissive = new BitSet();
  final NameList classes = new NameList("class");
  final List<ClassEntry> classEntries = new ArrayList<>();
  final NameList types = new NameList("type or attribute");
  final BitSet attributes = new BitSet();
  final List<BitSet> attributesOf = new ArrayList<>();
  final Map<Integer, Integer> bounds = new TreeMap<>();
  final NameList roles = new NameList("role");
  final List<BitSet> roleTypes = new ArrayList<>();
  final NameList users = new NameList("user");
  final List<UserEntry> userEntries = new ArrayList<>();
  final NameList booleans = new NameList("boolean");
  final BitSet booleansOn = new BitSet();
  final NameList sensitivities = new NameList("sensitivity");
  final List<BitSet> sensitivityCategories = new ArrayList<>();
  final NameList categories = new NameList("category");
  final RuleSheet rules = new RuleSheet();
  final Map<RangeEntry, MlsRange> ranges = new LinkedHashMap<>();
  final List<int[]> roleTransitions = new ArrayList<>();
  final List<int[]> roleAllows = new ArrayList<>();
  final Map<Integer, PolicyContext> initialSids = new TreeMap<>();
  final List<PortEntry> ports = new ArrayList<>();
  final List<NetifEntry> netifs = new ArrayList<>();
  final List<NodeEntry> nodes = new ArrayList<>();

  private final BitSet untouched = new BitSet();
  private boolean openTypes;
  private @Nullable Contexts contexts;
  private @Nullable PolicyDb levels;

  /**
   * An empty policy, which denies everything.
   *
   * @param mls whether contexts have ranges
   */
  public PolicyBuilder(boolean mls) {
    this.mls = mls;
    for (String name : NetworkClasses.names().split(", ")) {
      securityClass(name, NetworkClasses.permissions(name));
    }
    securityClass("process", List.of("fork", "transition", "dyntransition", "setsockcreate"));
    for (String name : BUILT_IN) {
      untouched.set(newType(name));
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

  /** Declares a class, or gives one that is there from the beginning other permissions. */
  public void securityClass(String name, List<String> permissions) {
    NameList list = new NameList("permission of class '" + name + "'");
    permissions.forEach(list::add);
    if (list.size() > 32) {
      throw new IllegalArgumentException(
          "class '" + name + "' has " + list.size() + " permissions; give it 32 at most");
    }
    ClassEntry entry = new ClassEntry(list);
    int known = classes.value(name);
    if (known == 0) {
      classes.add(name);
      classEntries.add(entry);
    } else {
      classEntries.set(known - 1, entry);
    }
  }

  /** Declares a category. */
  public void category(String name, List<String> aliases) {
    int value = categories.add(name);
    aliases.forEach(alias -> categories.alias(alias, value));
    forget();
  }

  /** Complains if there is no category of this name. */
  public void requireCategory(String name) {
    categories.known(name);
  }

  /** Declares a sensitivity above those declared before, with all categories declared by now. */
  public void sensitivity(String name, List<String> aliases) {
    int value = sensitivities.add(name);
    aliases.forEach(alias -> sensitivities.alias(alias, value));
    BitSet all = new BitSet();
    all.set(0, categories.size());
    sensitivityCategories.add(all);
    forget();
  }

  /** Restricts a sensitivity to some categories, such as {@code c0.c127}. */
  public void categoriesOf(String sensitivity, String items) {
    BitSet set = new BitSet();
    for (String item : items.split(",", -1)) {
      int dot = item.indexOf('.');
      int first = categories.known(dot < 0 ? item : item.substring(0, dot));
      int last = dot < 0 ? first : categories.known(item.substring(dot + 1));
      if (last < first) {
        throw new IllegalArgumentException("'" + item + "' does not rise; write one like c0.c5");
      }
      set.set(first - 1, last);
    }
    sensitivityCategories.set(sensitivities.known(sensitivity) - 1, set);
    forget();
  }

  /** From now on a type that nobody declared is declared by being named in a statement. */
  public void openTypes() {
    openTypes = true;
  }

  /** Declares an attribute. */
  public void attribute(String name) {
    attributes.set(newType(name));
  }

  /** Declares a type with its attributes, which are declared by that if need be. */
  public void type(String name, List<String> having, List<String> aliases) {
    int known = types.value(name);
    int value = known != 0 && untouched.get(known) ? known : newType(name);
    untouched.clear(value);
    for (String attribute : having) {
      give(value, attribute);
    }
    aliases.forEach(alias -> types.alias(alias, value));
    forget();
  }

  private void give(int type, String attribute) {
    int value = types.value(attribute);
    if (value == 0) {
      value = newType(attribute);
      attributes.set(value);
    } else if (!attributes.get(value)) {
      throw new IllegalArgumentException(
          "'" + attribute + "' is a type, not an attribute; give the attribute another name");
    }
    attributesOf.get(type - 1).set(value);
  }

  private int newType(String name) {
    if (name.equals("self")) {
      throw new IllegalArgumentException(
          "'self' means the source in rules; call the type something else");
    }
    int value = types.add(name);
    attributesOf.add(new BitSet());
    forget();
    return value;
  }

  /** Whether a type or an attribute of this name is known. */
  public boolean knowsType(String name) {
    return types.value(name) != 0;
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
    int value = oneType(child);
    int bound = oneType(parent);
    for (int at = bound, depth = 1; at != 0; at = bounds.getOrDefault(at, 0), depth++) {
      if (at == value || depth > 3) {
        throw new IllegalArgumentException(
            "'"
                + child
                + "' would be bounded by itself or over more than three steps; leave one out");
      }
    }
    bounds.put(value, bound);
  }

  /** Lets denials of a type be logged only. */
  public void permissive(String type) {
    permissive.set(oneType(type));
  }

  private int oneType(String name) {
    int value = types.known(name);
    if (attributes.get(value)) {
      throw new IllegalArgumentException("'" + name + "' is an attribute; name a type");
    }
    return value;
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
        set.or(allTypes());
      } else {
        set.or(members(types.known(type)));
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
    return mls ? sensitivities.name(1) : "";
  }

  /** The highest level as text; empty without MLS. */
  public String highest() {
    if (!mls) {
      return "";
    }
    int last = sensitivities.size();
    StringBuilder text = new StringBuilder(sensitivities.name(last));
    BitSet set = sensitivityCategories.get(last - 1);
    String separator = ":";
    for (int first = set.nextSetBit(0); first >= 0; ) {
      int end = set.nextClearBit(first);
      text.append(separator).append(categories.name(first + 1));
      if (end - first > 1) {
        text.append('.').append(categories.name(end));
      }
      separator = ",";
      first = set.nextSetBit(end);
    }
    return text.toString();
  }

  /** Declares a boolean. */
  public void bool(String name, boolean on) {
    booleansOn.set(booleans.add(name), on);
  }

  // --- statements ---

  /**
   * Reads statements of the policy language: allow, auditallow, dontaudit, type_transition,
   * type_member, type_change, range_transition, role_transition, constrain, mlsconstrain,
   * validatetrans, mlsvalidatetrans, default_user, default_role, default_type, default_range,
   * permissive, typebounds, and if with else.
   *
   * @throws org.larval.labels.PolicyTextException if something is wrong, with its place
   */
  public void statements(String text) {
    new PolicyStatements(this, text).read(null, true);
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

  /** Gives an initial SID its context. */
  public void initialSid(String name, String context) {
    int sid = INITIAL_SIDS.indexOf(name) + 1;
    if (sid == 0) {
      throw new IllegalArgumentException(
          "'" + name + "' is no initial SID; write one of " + String.join(", ", INITIAL_SIDS));
    }
    initialSids.put(sid, context(context));
  }

  /**
   * Labels a range of ports: protocol 6 TCP, 17 UDP, 33 DCCP, 132 SCTP. The first that fits counts.
   */
  public void port(int protocol, int low, int high, String context) {
    for (PortEntry other : ports) {
      if (other.protocol == protocol && other.low <= low && high <= other.high) {
        throw new IllegalArgumentException(
            "these ports lie within "
                + other.low
                + "-"
                + other.high
                + " before them; name the smaller range first");
      }
    }
    ports.add(new PortEntry(protocol, low, high, context(context)));
  }

  /** Labels an interface, and what arrives on it unlabeled. */
  public void netif(String name, String context, String message) {
    if (name.isEmpty() || name.length() > 63 || !name.matches("[!-~]+")) {
      throw new IllegalArgumentException(
          "'" + name + "' is no interface; write 1 to 63 letters or digits");
    }
    netifs.add(new NetifEntry(name, context(context), context(message)));
  }

  /**
   * Labels a network. The longest prefix that fits an address counts.
   *
   * @param high the upper 64 bits of the address, 0 for IPv4
   * @param low the lower 64 bits
   * @param bits the length of the prefix
   */
  public void node(boolean v6, long high, long low, int bits, String context) {
    nodes.add(new NodeEntry(v6, high, low, bits, context(context)));
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
    PolicyDb known = levels;
    if (known == null) {
      PolicyBuilder small = new PolicyBuilder(true);
      copyLevels(small);
      known = small.compile();
      levels = known;
    }
    MlsRange range = known.contexts().range(text.replace(" ", ""));
    Sensitivities valid = known.sensitivities();
    if (!valid.valid(range.low()) || !valid.valid(range.high())) {
      throw new IllegalArgumentException(
          "'" + text + "' has categories that its sensitivity may not have; leave them out");
    }
    return range;
  }

  private void copyLevels(PolicyBuilder other) {
    for (int value = 1; value <= categories.size(); value++) {
      other.category(categories.name(value), aliases(categories, value));
    }
    for (int value = 1; value <= sensitivities.size(); value++) {
      other.sensitivity(sensitivities.name(value), aliases(sensitivities, value));
      other.sensitivityCategories.set(value - 1, sensitivityCategories.get(value - 1));
    }
  }

  private static List<String> aliases(NameList names, int value) {
    List<String> aliases = new ArrayList<>();
    names
        .all()
        .forEach(
            (name, its) -> {
              if (its == value && names.isAlias(name, value)) {
                aliases.add(name);
              }
            });
    return aliases;
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
    levels = null;
  }

  // --- names for those who read statements ---

  /** A type or attribute in a statement. */
  int type(String name) {
    int value = types.value(name);
    if (value == 0 && openTypes) {
      type(name, List.of(), List.of());
      value = types.value(name);
    }
    return value == 0 ? types.known(name) : value;
  }

  BitSet members(int value) {
    BitSet members = new BitSet();
    if (!attributes.get(value)) {
      members.set(value);
    } else {
      for (int type = 1; type <= types.size(); type++) {
        members.set(type, attributesOf.get(type - 1).get(value));
      }
    }
    return members;
  }

  BitSet expanded(BitSet named) {
    BitSet all = new BitSet();
    named.stream().forEach(value -> all.or(members(value)));
    return all;
  }

  BitSet allTypes() {
    BitSet all = new BitSet();
    all.set(1, types.size() + 1);
    all.andNot(attributes);
    return all;
  }

  int bool(StatementScanner scanner) {
    int value = scanner.checked(() -> booleans.known(scanner.token()));
    scanner.take();
    return value;
  }

  /** The users, roles or types that a constraint looks among. */
  BitSet names(int attribute, StatementScanner scanner) {
    return switch (attribute) {
      case Expressions.USER -> PolicyStatements.names(scanner, users::known, "a user");
      case Expressions.ROLE -> PolicyStatements.names(scanner, roles::known, "a role");
      default -> PolicyStatements.names(scanner, this::type, "a type or attribute");
    };
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
    if (mls && sensitivities.size() == 0) {
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
    String whole = mls ? ":" + lowest() + "-" + highest() : "";
    String low = mls ? ":" + lowest() : "";
    Map<String, String> missing = new LinkedHashMap<>();
    missing.put("kernel", "kernel_t" + whole);
    missing.put("unlabeled", "unlabeled_t" + low);
    missing.put("port", "port_t" + low);
    missing.put("netif", "netif_t" + whole);
    missing.put("netmsg", "netlabel_peer_t" + low);
    missing.put("node", "node_t" + whole);
    String object = users.name(1) + ":object_r:";
    missing.forEach(
        (name, type) -> {
          int sid = INITIAL_SIDS.indexOf(name) + 1;
          if (!initialSids.containsKey(sid)) {
            initialSids.put(sid, context(object + type));
          }
        });
    PolicyContext unlabeled =
        Objects.requireNonNull(initialSids.get(INITIAL_SIDS.indexOf("unlabeled") + 1));
    for (int sid = 1; sid <= INITIAL_SIDS.size(); sid++) {
      initialSids.putIfAbsent(sid, unlabeled);
    }
  }
}
