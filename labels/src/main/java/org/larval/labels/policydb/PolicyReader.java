package org.larval.labels.policydb;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * Reads the kernel's binary policy, versions {@value #OLDEST} to {@value #NEWEST}, with MLS or
 * without (policydb_read). A file that is damaged, hostile or something else gives a {@link
 * PolicyFileException} and nothing else.
 */
public final class PolicyReader {
  /** The oldest version read. */
  public static final int OLDEST = 24;

  /** The newest version read. */
  public static final int NEWEST = 35;

  /** How many bytes a file may have. */
  public static final int MAX_BYTES = 1 << 26;

  private static final int MAGIC = 0xF97CFF8C;
  private static final int MODULE_MAGIC = 0xF97CFF8D;
  private static final int BASE_MAGIC = 0xF97CFF8E;
  private static final int PACKAGE_MAGIC = 0xF97CFF8F;

  /** The first four of the six bytes that begin a file of xz. */
  private static final int XZ_MAGIC = 0x587a37fd;

  private final PolicyInput in;

  private PolicyReader(PolicyInput in) {
    this.in = in;
  }

  /**
   * Reads a file, which may be packed by gzip; places in messages are those of what was packed.
   *
   * @throws PolicyFileException if it is not a policy that can be read
   * @throws IOException if the file cannot be read
   */
  public static PolicyDb read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new PolicyFileException(
          file.toString(),
          0,
          PolicySection.HEADER,
          "the file has " + Files.size(file) + " bytes, more than " + MAX_BYTES);
    }
    byte[] bytes = Files.readAllBytes(file);
    boolean packed = bytes.length > 1 && bytes[0] == 0x1f && bytes[1] == (byte) 0x8b;
    return read(file.toString(), packed ? unpacked(file, bytes) : bytes);
  }

  private static byte[] unpacked(Path file, byte[] packed) throws PolicyFileException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return in.readNBytes(MAX_BYTES + 1);
    } catch (IOException problem) {
      throw new PolicyFileException(
          file.toString(), 0, PolicySection.HEADER, "gzip cannot unpack it");
    }
  }

  /**
   * Reads a policy.
   *
   * @param name of the file, for messages
   * @param bytes all of it
   */
  public static PolicyDb read(String name, byte[] bytes) throws PolicyFileException {
    PolicyInput in = new PolicyInput(name, bytes);
    if (bytes.length > MAX_BYTES) {
      throw in.wrong("the file has " + bytes.length + " bytes, more than " + MAX_BYTES);
    }
    return new PolicyReader(in).policy();
  }

  private PolicyDb policy() throws PolicyFileException {
    magic();
    int version = in.number("the version", OLDEST, NEWEST);
    int config = in.u32("the flags");
    boolean mls = (config & 1) != 0;
    PolicyDb.HandleUnknown unknown =
        switch (config & 6) {
          case 0 -> PolicyDb.HandleUnknown.DENY;
          case 2 -> PolicyDb.HandleUnknown.REJECT;
          case 4 -> PolicyDb.HandleUnknown.ALLOW;
          default -> throw in.wrong("the flags both allow and reject what is unknown");
        };
    expect("the number of symbol tables", 8);
    expect("the number of lists of object contexts", version >= 31 ? 9 : 7);
    in.enter(PolicySection.CAPABILITIES);
    ValueSet capabilities = in.bitmap("policy capabilities");
    in.enter(PolicySection.PERMISSIVE);
    ValueSet permissive = in.bitmap("permissive types");
    in.enter(PolicySection.NEVERAUDIT);
    ValueSet neveraudit = version >= 35 ? in.bitmap("neveraudit types") : ValueSet.EMPTY;

    SymbolReader symbols = new SymbolReader(in, version, mls);
    symbols.read();
    RuleReader rules = new RuleReader(in, version, symbols);
    rules.read();
    RuleTable vectors = rules.vectors.build(symbols.classNames.limit(), in);
    rules.checkUnique(vectors);
    RuleTable typeRules = rules.types.build(symbols.classNames.limit(), in);
    rules.checkUnique(typeRules);
    RuleTable extended = rules.extended.build(symbols.classNames.limit(), in);
    Conditionals conditionals = rules.conditionals();

    // contexts are checked while they are read; for that the attributes are not needed yet
    Roles roles = symbols.rolesRead();
    Sensitivities sensitivities = symbols.sensitivitiesRead();
    Contexts contexts =
        new Contexts(
            mls,
            symbols.userNames,
            symbols.users,
            roles,
            symbols.typeNames,
            symbols.attribute,
            sensitivities);
    ContextReader contextReader = new ContextReader(in, symbols, contexts, mls);
    TransitionReader transitions = new TransitionReader(in, version, symbols, contextReader);
    var roleTransitions = transitions.roleTransitions();
    var roleAllows = transitions.roleAllows();
    var filenameTransitions = transitions.filenameTransitions();
    ObjectContexts objects = new ObjectContextReader(in, version, symbols, contextReader).read();
    var rangeTransitions = transitions.rangeTransitions();
    Types types = types(symbols);
    in.end();
    return new PolicyDb(
        version,
        mls,
        unknown,
        capabilities,
        permissive,
        neveraudit,
        symbols,
        roles,
        types,
        sensitivities,
        rules,
        vectors,
        typeRules,
        extended,
        conditionals,
        new TransitionRules(roleTransitions, roleAllows, filenameTransitions, rangeTransitions),
        objects,
        contexts);
  }

  private void magic() throws PolicyFileException {
    int magic = in.u32("the magic number");
    if (magic == MODULE_MAGIC || magic == BASE_MAGIC || magic == PACKAGE_MAGIC) {
      throw in.wrong("this is a policy module; only the kernel's linked policy can be read");
    }
    if (magic == XZ_MAGIC) {
      throw in.wrong("this is packed by xz; unpack it with 'xz -dk'");
    }
    if (magic == Integer.reverseBytes(MAGIC)) {
      throw in.wrong("this policy is big-endian; the kernel's format is little-endian everywhere");
    }
    if (magic != MAGIC) {
      throw in.wrong("0x" + Integer.toHexString(magic) + " is not the magic number of a policy");
    }
    int length = in.length("the identifier");
    String target = length > 32 ? "" : in.path(length, "the identifier");
    if (target.equals("XenFlask")) {
      throw in.wrong("this is a policy for Xen");
    }
    if (!target.equals("SE Linux")) {
      throw in.wrong("the identifier is not 'SE Linux'");
    }
  }

  private void expect(String what, int number) throws PolicyFileException {
    int value = in.u32(what);
    if (value != number) {
      throw in.wrong(what + " is " + Integer.toUnsignedString(value) + ", not " + number);
    }
  }

  /** Reads the attributes of each type, and adds the type itself where it is missing. */
  private Types types(SymbolReader symbols) throws PolicyFileException {
    in.enter(PolicySection.TYPE_ATTRIBUTES);
    NameTable names = symbols.typeNames;
    ValueSet[] attributes = new ValueSet[names.limit() + 1];
    attributes[0] = ValueSet.EMPTY;
    for (int type = 1; type < attributes.length; type++) {
      int record = in.offset();
      ValueSet set = in.values(names, "the attributes of a type");
      for (int value = set.next(1); value != 0; value = set.next(value + 1)) {
        if (!names.has(value) && value != type) {
          throw in.wrongAt(record, "attribute " + value + " of a type does not exist");
        }
      }
      ValueSet all = set.with(type);
      // what the set may have grown by, and the list of its values
      in.charge(all.words().length + all.size() / 2, "the attributes of a type");
      attributes[type] = all;
    }
    return new Types(names, symbols.attribute, symbols.typeBounds, attributes);
  }
}
