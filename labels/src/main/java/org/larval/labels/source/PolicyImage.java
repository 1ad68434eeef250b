package org.larval.labels.source;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.larval.labels.MlsRange;
import org.larval.labels.policydb.PolicyContext;
import org.larval.labels.source.ObjectLabels.NodeEntry;
import org.larval.labels.source.RuleSheet.ConditionalRules;
import org.larval.labels.source.RuleSheet.RuleKey;

/** Writes what a builder holds as a binary policy of version 33 (policydb_write). */
final class PolicyImage {
  private static final int MAGIC = 0xF97CFF8C;
  private static final int VERSION = 33;
  private static final int ENABLED = 0x8000;
  private static final int IOCTL_FUNCTION = 1;
  private static final int IOCTL_DRIVER = 2;

  private final PolicyBuilder policy;
  private final ImageOutput out = new ImageOutput();

  PolicyImage(PolicyBuilder policy) {
    this.policy = policy;
  }

  byte[] bytes() {
    if (policy.classes.names.size() == 0) {
      policy.classes.known("process"); // the format wants one rule at least, and that a class
    }
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
    out.bits(policy.types.permissive);
    new SymbolImage(policy, out).write();
    rules();
    transitions();
    objects();
    ranges();
    for (int type = 1; type <= policy.types.names.size(); type++) {
      BitSet attributes = (BitSet) policy.types.attributesOf.get(type - 1).clone();
      attributes.set(type);
      out.values(attributes);
    }
    return out.bytes();
  }

  // --- rules ---

  private void rules() {
    Map<RuleKey, Integer> always = policy.rules.always;
    int commands = 0;
    for (BitSet numbers : policy.rules.commands.values()) {
      commands += commandRecords(numbers);
    }
    out.u32(Math.max(1, always.size() + commands));
    if (always.isEmpty() && commands == 0) {
      // the format wants one rule at least: this one changes nothing
      int type = policy.types.names.known("unlabeled_t");
      record(new RuleKey(type, type, 1, RuleSheet.AUDITDENY), -1, 0);
    }
    always.forEach((key, data) -> record(key, data, 0));
    policy.rules.commands.forEach(this::commands);
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
    key(key, flags);
    out.u32(data);
  }

  private void key(RuleKey key, int flags) {
    out.u16(key.source());
    out.u16(key.target());
    out.u16(key.securityClass());
    out.u16(key.kind() | flags);
  }

  /** One record for whole drivers, and one for each driver of which there are only some. */
  private void commands(RuleKey key, BitSet numbers) {
    BitSet whole = new BitSet();
    for (int driver = 0; driver < 256; driver++) {
      BitSet some = numbers.get(driver << 8, driver + 1 << 8);
      if (some.cardinality() == 256) {
        whole.set(driver);
      } else if (!some.isEmpty()) {
        commands(key, IOCTL_FUNCTION, driver, some);
      }
    }
    if (!whole.isEmpty()) {
      commands(key, IOCTL_DRIVER, 0, whole);
    }
  }

  private void commands(RuleKey key, int form, int driver, BitSet bits) {
    key(key, 0);
    out.raw(new byte[] {(byte) form, (byte) driver});
    long[] words = Arrays.copyOf(bits.toLongArray(), 4);
    for (long word : words) {
      out.u32((int) word, (int) (word >>> 32));
    }
  }

  private static int commandRecords(BitSet numbers) {
    int records = 0;
    int whole = 0;
    for (int driver = 0; driver < 256; driver++) {
      int count = numbers.get(driver << 8, driver + 1 << 8).cardinality();
      records += count > 0 && count < 256 ? 1 : 0;
      whole |= count == 256 ? 1 : 0;
    }
    return records + whole;
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
    TransitionSheet sheet = policy.transitions;
    out.u32(sheet.roleTransitions.size());
    sheet.roleTransitions.forEach(out::u32);
    out.u32(sheet.roleAllows.size());
    sheet.roleAllows.forEach(out::u32);
    out.u32(sheet.names.size());
    sheet.names.forEach(
        (key, types) -> {
          out.u32(key.name().length());
          out.name(key.name());
          out.u32(key.target(), key.securityClass(), types.size());
          types.forEach(
              (type, sources) -> {
                out.values(sources);
                out.u32(type);
              });
        });
  }

  private void ranges() {
    out.u32(policy.transitions.ranges.size());
    policy.transitions.ranges.forEach(
        (key, range) -> {
          out.u32(key.source(), key.target(), key.securityClass());
          out.range(policy.mls, range);
        });
  }

  // --- contexts of objects ---

  private void objects() {
    out.u32(policy.objects.initialSids.size());
    policy.objects.initialSids.forEach(
        (sid, context) -> {
          out.u32(sid);
          context(context);
        });
    out.u32(0); // file systems
    out.u32(policy.objects.ports.size());
    for (ObjectLabels.PortEntry port : policy.objects.ports) {
      out.u32(port.protocol(), port.low(), port.high());
      context(port.context());
    }
    out.u32(policy.objects.netifs.size());
    for (ObjectLabels.NetifEntry netif : policy.objects.netifs) {
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
    for (NodeEntry node : policy.objects.nodes) {
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
