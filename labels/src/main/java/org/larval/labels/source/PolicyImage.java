package org.larval.labels.source;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.larval.labels.MlsLevel;
import org.larval.labels.MlsRange;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.source.PolicyBuilder.Check;
import org.larval.labels.source.PolicyBuilder.ClassEntry;
import org.larval.labels.source.PolicyBuilder.NodeEntry;
import org.larval.labels.source.RuleSheet.ConditionalRules;
import org.larval.labels.source.RuleSheet.RuleKey;

/** Writes what a builder holds as a binary policy of version 33 (policydb_write). */
final class PolicyImage {
  private static final int MAGIC = 0xF97CFF8C;
  private static final int VERSION = 33;
  private static final int ENABLED = 0x8000;

  private final PolicyBuilder policy;
  private final ImageOutput out = new ImageOutput();

  PolicyImage(PolicyBuilder policy) {
    this.policy = policy;
  }

  byte[] bytes() {
    out.u32(MAGIC, 8);
    out.name("SE Linux");
    int unknown =
        switch (policy.handleUnknown) {
          case DENY -> 0;
          case REJECT -> 2;
          case ALLOW -> 4;
        };
    out.u32(VERSION, unknown | (policy.mls ? 1 : 0), 8, 9);
    out.bits(policy.capabilities);
    out.bits(policy.permissive);
    symbols();
    rules();
    transitions();
    objects();
    ranges();
    for (int type = 1; type <= policy.types.size(); type++) {
      BitSet attributes = (BitSet) policy.attributesOf.get(type - 1).clone();
      attributes.set(type);
      out.values(attributes);
    }
    return out.bytes();
  }

  // --- symbols ---

  private void symbols() {
    out.u32(0, 0); // commons: every class has its permissions for itself
    out.u32(policy.classes.size(), policy.classes.size());
    for (int value = 1; value <= policy.classes.size(); value++) {
      securityClass(value, policy.classEntries.get(value - 1));
    }
    out.u32(policy.roles.size(), policy.roles.size());
    for (int role = 1; role <= policy.roles.size(); role++) {
      String name = policy.roles.name(role);
      out.u32(name.length(), role, 0);
      out.name(name);
      BitSet itself = new BitSet();
      itself.set(role);
      out.values(itself);
      out.values(policy.roleTypes.get(role - 1));
    }
    out.u32(policy.types.size(), policy.types.all().size());
    policy.types.all().forEach(this::type);
    out.u32(policy.users.size(), policy.users.size());
    for (int user = 1; user <= policy.users.size(); user++) {
      PolicyBuilder.UserEntry entry = policy.userEntries.get(user - 1);
      String name = policy.users.name(user);
      out.u32(name.length(), user, 0);
      out.name(name);
      out.values(entry.roles());
      out.range(policy.mls, entry.range());
      out.level(policy.mls, policy.mls ? entry.range().low() : MlsLevel.LOWEST);
    }
    out.u32(policy.booleans.size(), policy.booleans.size());
    for (int bool = 1; bool <= policy.booleans.size(); bool++) {
      String name = policy.booleans.name(bool);
      out.u32(bool, policy.booleansOn.get(bool) ? 1 : 0, name.length());
      out.name(name);
    }
    levels();
  }

  private void type(String name, int value) {
    boolean alias = policy.types.isAlias(name, value);
    int properties = alias ? 0 : policy.attributes.get(value) ? 3 : 1;
    out.u32(name.length(), value, properties, policy.bounds.getOrDefault(value, 0));
    out.name(name);
  }

  private void levels() {
    out.u32(policy.sensitivities.size(), policy.sensitivities.all().size());
    policy
        .sensitivities
        .all()
        .forEach(
            (name, value) -> {
              out.u32(name.length(), policy.sensitivities.isAlias(name, value) ? 1 : 0);
              out.name(name);
              out.u32(value);
              out.bits(policy.sensitivityCategories.get(value - 1));
            });
    out.u32(policy.categories.size(), policy.categories.all().size());
    policy
        .categories
        .all()
        .forEach(
            (name, value) -> {
              out.u32(name.length(), value, policy.categories.isAlias(name, value) ? 1 : 0);
              out.name(name);
            });
  }

  private void securityClass(int value, ClassEntry entry) {
    String name = policy.classes.name(value);
    NameList permissions = entry.permissions();
    int count = permissions.size();
    out.u32(name.length(), 0, value, count, count, entry.checks().size());
    out.name(name);
    for (int permission = 1; permission <= count; permission++) {
      String word = permissions.name(permission);
      out.u32(word.length(), permission);
      out.name(word);
    }
    entry.checks().forEach(this::check);
    out.u32(entry.validations().size());
    entry.validations().forEach(this::check);
    entry.defaults().forEach(out::u32);
  }

  private void check(Check check) {
    out.u32(check.permissions(), check.nodes().size());
    for (Expressions.Node node : check.nodes()) {
      out.u32(node.kind(), node.attribute(), node.operator());
      if (node.kind() == 5) {
        BitSet written = Objects.requireNonNull(node.names());
        boolean types = (node.attribute() & Expressions.TYPE) != 0;
        out.values(types ? policy.expanded(written) : written);
        out.values(types ? written : new BitSet());
        out.bits(new BitSet());
        out.u32(0);
      }
    }
  }

  // --- rules ---

  private void rules() {
    Map<RuleKey, Integer> always = policy.rules.always;
    out.u32(Math.max(1, always.size()));
    if (always.isEmpty()) {
      // the format wants one rule at least: this one changes nothing
      int type = policy.types.known("unlabeled_t");
      record(new RuleKey(type, type, 1, RuleSheet.AUDITDENY), -1, 0);
    }
    always.forEach((key, data) -> record(key, data, 0));
    out.u32(policy.rules.blocks.size());
    for (ConditionalRules block : policy.rules.blocks) {
      boolean holds = holds(block.condition());
      out.u32(holds ? 1 : 0, block.condition().size());
      block.condition().forEach(step -> out.u32(step.operator(), step.bool()));
      list(block.whenTrue(), holds);
      list(block.whenFalse(), !holds);
    }
  }

  private void list(Map<RuleKey, Integer> rules, boolean enabled) {
    out.u32(rules.size());
    rules.forEach((key, data) -> record(key, data, enabled ? ENABLED : 0));
  }

  private void record(RuleKey key, int data, int flags) {
    out.u16(key.source());
    out.u16(key.target());
    out.u16(key.securityClass());
    out.u16(key.kind() | flags);
    out.u32(data);
  }

  /** Whether a condition holds with the booleans as they were declared. */
  private boolean holds(List<Expressions.Step> condition) {
    List<Boolean> stack = new ArrayList<>();
    for (Expressions.Step step : condition) {
      if (step.operator() == 1) {
        stack.add(policy.booleansOn.get(step.bool()));
        continue;
      }
      boolean right = stack.removeLast();
      boolean left = step.operator() == 2 || stack.removeLast();
      stack.add(
          switch (step.operator()) {
            case 2 -> !right;
            case 3 -> left || right;
            case 4 -> left && right;
            case 6 -> left == right;
            default -> left != right;
          });
    }
    return stack.getLast();
  }

  private void transitions() {
    out.u32(policy.roleTransitions.size());
    policy.roleTransitions.forEach(out::u32);
    out.u32(policy.roleAllows.size());
    policy.roleAllows.forEach(out::u32);
    out.u32(0); // names of files
  }

  private void ranges() {
    out.u32(policy.ranges.size());
    policy.ranges.forEach(
        (key, range) -> {
          out.u32(key.source(), key.target(), key.securityClass());
          out.range(policy.mls, range);
        });
  }

  // --- contexts of objects ---

  private void objects() {
    out.u32(policy.initialSids.size());
    policy.initialSids.forEach(
        (sid, context) -> {
          out.u32(sid);
          context(context);
        });
    out.u32(0); // file systems
    out.u32(policy.ports.size());
    for (PolicyBuilder.PortEntry port : policy.ports) {
      out.u32(port.protocol(), port.low(), port.high());
      context(port.context());
    }
    out.u32(policy.netifs.size());
    for (PolicyBuilder.NetifEntry netif : policy.netifs) {
      byte[] name = netif.name().getBytes(StandardCharsets.US_ASCII);
      out.u32(name.length);
      out.raw(name);
      context(netif.context());
      context(netif.message());
    }
    nodes(false);
    out.u32(0); // fs_use
    nodes(true);
    out.u32(0, 0, 0); // InfiniBand's two, and genfs
  }

  /** Longest prefix first, since the first that fits counts. */
  private void nodes(boolean v6) {
    List<NodeEntry> nodes = new ArrayList<>();
    for (NodeEntry node : policy.nodes) {
      if (node.v6() == v6) {
        nodes.add(node);
      }
    }
    nodes.sort((one, other) -> Integer.compare(other.bits(), one.bits()));
    out.u32(nodes.size());
    for (NodeEntry node : nodes) {
      if (v6) {
        long high = ones(node.bits());
        long low = ones(node.bits() - 64);
        out.raw(bytes(16).putLong(node.high() & high).putLong(node.low() & low).array());
        out.raw(bytes(16).putLong(high).putLong(low).array());
      } else {
        int mask = (int) (ones(node.bits()) >>> 32);
        out.raw(bytes(4).putInt((int) node.low() & mask).array());
        out.raw(bytes(4).putInt(mask).array());
      }
      context(node.context());
    }
  }

  /** So many ones, at most 64, and zeros behind them. */
  private static long ones(int bits) {
    return bits <= 0 ? 0 : bits >= 64 ? -1L : -1L << 64 - bits;
  }

  /** Addresses stand in network byte order, unlike all else. */
  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocate(count);
  }

  private void context(PolicyContext context) {
    out.u32(context.user(), context.role(), context.type());
    MlsRange range = context.range();
    out.range(policy.mls, range);
  }
}
