package org.larval.xfrm;

import java.util.ArrayList;
import java.util.List;
import org.larval.packet.FlowKey;

/**
 * Many policies between the same two prefixes, by what they compare beside addresses (a tuple space
 * search): policies of one shape compare the same bits of protocol, ports, mark and interface, so
 * that one hash look-up finds those that fit. Shapes are looked at in the order of their best
 * policy, until none can be better than what was found.
 */
final class ServiceShapes {
  /** Which bits are compared; its key tells it from others. */
  private static final class Shape extends KeyTable.Entry {
    final int protocolMask;
    final int sourceMask;
    final int targetMask;
    final int markMask;
    final int ifindexMask;
    final KeyTable<Cell> cells = new KeyTable<>();

    /** No policy in here ranks before this. */
    long first = PolicySearch.NONE;

    Shape(InstalledPolicy like) {
      protocolMask = like.protocol == 0 ? 0 : -1;
      sourceMask = like.sourceMask;
      targetMask = like.targetMask;
      markMask = like.markMask;
      ifindexMask = like.ifindex == 0 ? 0 : -1;
      keyHigh = shapeHigh(like);
      keyLow = shapeLow(like);
    }
  }

  /** The policies that compare the same bits with the same values. */
  private static final class Cell extends PolicyChain {}

  private final KeyTable<Shape> byKey = new KeyTable<>();

  /** In the order of {@link Shape#first}. */
  private final List<Shape> ordered = new ArrayList<>();

  private static long shapeHigh(InstalledPolicy policy) {
    return (long) policy.sourceMask << 32 | policy.targetMask;
  }

  private static long shapeLow(InstalledPolicy policy) {
    return (policy.markMask & 0xffff_ffffL) << 2
        | (policy.protocol == 0 ? 0 : 2)
        | (policy.ifindex == 0 ? 0 : 1);
  }

  private static long ports(int source, int target) {
    return (long) source << 32 | target & 0xffff_ffffL;
  }

  private static long place(int mark, int ifindex) {
    return (long) mark << 32 | ifindex & 0xffff_ffffL;
  }

  private static long portsOf(InstalledPolicy policy) {
    return ports(policy.sourcePort & policy.sourceMask, policy.targetPort & policy.targetMask);
  }

  void add(InstalledPolicy policy) {
    Shape shape = byKey.get(shapeHigh(policy), shapeLow(policy), 0);
    if (shape == null) {
      shape = new Shape(policy);
      byKey.add(shape);
    } else if (policy.rank < shape.first) {
      ordered.remove(shape);
    }
    if (policy.rank < shape.first) {
      shape.first = policy.rank;
      int at = ordered.size();
      while (at > 0 && ordered.get(at - 1).first > shape.first) {
        at--;
      }
      ordered.add(at, shape);
    }
    long high = portsOf(policy);
    long low = place(policy.mark, policy.ifindex);
    Cell cell = shape.cells.get(high, low, policy.protocol);
    if (cell == null) {
      cell = new Cell();
      cell.keyHigh = high;
      cell.keyLow = low;
      cell.keyExtra = policy.protocol;
      shape.cells.add(cell);
    }
    cell.link(policy);
  }

  void remove(InstalledPolicy policy) {
    Shape shape = byKey.get(shapeHigh(policy), shapeLow(policy), 0);
    Cell cell =
        shape == null
            ? null
            : shape.cells.get(portsOf(policy), place(policy.mark, policy.ifindex), policy.protocol);
    if (shape == null || cell == null) {
      throw new IllegalStateException("not in the index: " + policy);
    }
    cell.unlink(policy);
    if (cell.linked() == 0) {
      shape.cells.remove(cell);
      if (shape.cells.size() == 0) {
        byKey.remove(shape);
        ordered.remove(shape);
      }
    }
  }

  void search(PolicySearch search) {
    FlowKey flow = search.flow;
    for (int i = 0; i < ordered.size(); i++) {
      Shape shape = ordered.get(i);
      if (shape.first >= search.bestRank) {
        return;
      }
      Cell cell =
          shape.cells.get(
              ports(flow.sourcePort & shape.sourceMask, flow.targetPort & shape.targetMask),
              place(flow.mark & shape.markMask, flow.oif & shape.ifindexMask),
              flow.protocol & shape.protocolMask);
      if (cell != null) {
        cell.consider(search);
      }
    }
  }
}
