package org.larval.labels.source;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.ToIntFunction;

/** Reads the sets of statements: a name, or some in braces, and signs for all but some. */
final class StatementSets {
  /** Types, attributes not expanded, and perhaps self. */
  record Types(BitSet named, boolean self) {}

  /** Calls back for each source with each target. */
  interface Each {
    void accept(int source, int target);
  }

  private final PolicyBuilder policy;
  private final StatementScanner scanner;

  StatementSets(PolicyBuilder policy, StatementScanner scanner) {
    this.policy = policy;
    this.scanner = scanner;
  }

  /** A type, which is no attribute. */
  int oneType() {
    int type = scanner.checked(() -> policy.types.one(scanner.token()));
    scanner.take();
    return type;
  }

  /** A name, some in braces with - before exceptions, * for all, or ~ before what is left out. */
  Types types(String right, boolean mayBeSelf) {
    boolean not = scanner.takes("~");
    BitSet named = new BitSet();
    BitSet except = new BitSet();
    boolean[] self = new boolean[1];
    items(
        scanner,
        right,
        () -> {
          if (scanner.takes("*")) {
            named.or(policy.types.all());
          } else if (mayBeSelf && scanner.takes("self")) {
            self[0] = true;
          } else {
            boolean minus = scanner.takes("-");
            (minus ? except : named)
                .set(scanner.checked(() -> policy.types.named(scanner.token())));
            scanner.take();
          }
        });
    BitSet result = named;
    if (not || !except.isEmpty()) {
      result = not ? policy.types.all() : policy.types.expanded(named);
      if (not) {
        result.andNot(policy.types.expanded(named));
      }
      result.andNot(policy.types.expanded(except));
    }
    return new Types(result, self[0]);
  }

  /** The same without attributes: the types that have them. */
  BitSet expanded(String right) {
    return policy.types.expanded(types(right, false).named);
  }

  Types expanded(Types types) {
    return new Types(policy.types.expanded(types.named), types.self);
  }

  /** Every source with every target; self stands for each type of the sources by itself. */
  void pairs(Types sources, Types targets, Each each) {
    if (targets.self) {
      policy.types.expanded(sources.named).stream().forEach(type -> each.accept(type, type));
    }
    pairs(sources.named, targets.named, each);
  }

  /** Every one with every other. */
  static void pairs(BitSet ones, BitSet others, Each each) {
    ones.stream().forEach(one -> others.stream().forEach(other -> each.accept(one, other)));
  }

  BitSet roles() {
    return names(scanner, policy.roles::known, "a role");
  }

  List<Integer> classes() {
    List<Integer> classes = new ArrayList<>();
    items(
        scanner,
        "a class",
        () -> {
          if (!policy.classes.passedOver(scanner.token())) {
            classes.add(scanner.checked(() -> policy.classes.known(scanner.token())));
          }
          scanner.take();
        });
    return classes;
  }

  /** Classes after a colon, or {@code process} if there is no colon. */
  List<Integer> classesOrProcess() {
    return scanner.takes(":") ? classes() : List.of(policy.classes.known("process"));
  }

  /** The permissions for each of the classes, as access vectors. */
  int[] permissions(List<Integer> classes) {
    int[] vectors = new int[classes.size()];
    boolean not = scanner.takes("~");
    items(
        scanner,
        "a permission",
        () -> {
          boolean all = scanner.at("*");
          for (int i = 0; i < vectors.length; i++) {
            ClassTable.ClassEntry entry = policy.classes.entry(classes.get(i));
            vectors[i] |= all ? entry.mask() : bit(entry.permissions());
          }
          scanner.take();
        });
    for (int i = 0; not && i < vectors.length; i++) {
      vectors[i] = policy.classes.entry(classes.get(i)).mask() & ~vectors[i];
    }
    return vectors;
  }

  private int bit(NameList permissions) {
    return 1 << scanner.checked(() -> permissions.known(scanner.token())) - 1;
  }

  /** Commands of ioctl: numbers and ranges of them up to 0xffff, or ~ before those left out. */
  BitSet commands() {
    boolean not = scanner.takes("~");
    BitSet commands = new BitSet();
    items(
        scanner,
        "a number such as 0x8910",
        () -> {
          int dash = scanner.token().indexOf('-');
          String first = dash < 0 ? scanner.token() : scanner.token().substring(0, dash);
          String last = dash < 0 ? first : scanner.token().substring(dash + 1);
          int low = command(first);
          int high = last.isEmpty() ? low : command(last);
          scanner.take();
          if (last.isEmpty() || dash < 0 && scanner.takes("-")) {
            high = command(scanner.token());
            scanner.take();
          }
          if (high < low) {
            throw scanner.wrong("the range before this does not rise", "the smaller number first");
          }
          commands.set(low, high + 1);
        });
    if (not) {
      commands.flip(0, 0x10000);
    }
    return commands;
  }

  private int command(String number) {
    boolean hex = number.startsWith("0x") || number.startsWith("0X");
    String digits = hex ? number.substring(2) : number;
    if (digits.matches(hex ? "[0-9a-fA-F]{1,4}" : "[0-9]{1,5}")) {
      int value = Integer.parseInt(digits, hex ? 16 : 10);
      if (value <= 0xffff) {
        return value;
      }
    }
    throw scanner.unexpected("a number from 0 to 0xffff, or a range such as 0x8910-0x8926");
  }

  /** The users, roles or types that a constraint looks among; attributes not expanded. */
  BitSet operands(int attribute) {
    return switch (attribute) {
      case Expressions.USER -> names(scanner, policy.users::known, "a user");
      case Expressions.ROLE -> roles();
      default -> names(scanner, policy.types::named, "a type or attribute");
    };
  }

  /** The values of a name, or of some in braces. */
  private static BitSet names(StatementScanner scanner, ToIntFunction<String> look, String right) {
    BitSet values = new BitSet();
    items(
        scanner,
        right,
        () -> {
          values.set(scanner.checked(() -> look.applyAsInt(scanner.token())));
          scanner.take();
        });
    return values;
  }

  private static void items(StatementScanner scanner, String right, Runnable item) {
    if (scanner.atEnd() || scanner.at(";") || scanner.at(":")) {
      throw scanner.unexpected(right);
    }
    if (!scanner.takes("{")) {
      item.run();
      return;
    }
    do {
      if (scanner.atEnd()) {
        throw scanner.unexpected("'}'");
      }
      item.run();
    } while (!scanner.takes("}"));
  }

  /** The end of a statement. */
  void end() {
    scanner.expect(";", "';' at the end of the statement");
  }
}
