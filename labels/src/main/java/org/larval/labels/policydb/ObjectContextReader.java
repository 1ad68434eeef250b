package org.larval.labels.policydb;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the object contexts and genfs (ocontext_read, genfs_read). */
final class ObjectContextReader {
  /** The least that a context takes: user, role, type and a range of one level. */
  private static final int CONTEXT_BYTES = 32;

  private static final int MAX_PORT = 65535;

  private final PolicyInput in;
  private final int version;
  private final SymbolReader symbols;
  private final ContextReader contexts;

  ObjectContextReader(PolicyInput in, int version, SymbolReader symbols, ContextReader contexts) {
    this.in = in;
    this.version = version;
    this.symbols = symbols;
    this.contexts = contexts;
  }

  /** Reads one record of a list. */
  private interface Entry<T> {
    T read() throws PolicyFileException;
  }

  private <T> List<T> list(PolicySection section, int bytes, Entry<T> entry)
      throws PolicyFileException {
    in.enter(section);
    int count = in.count("records", bytes + CONTEXT_BYTES);
    List<T> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      list.add(entry.read());
    }
    return List.copyOf(list);
  }

  ObjectContexts read() throws PolicyFileException {
    Map<Integer, PolicyContext> sids = initialSids();
    List<ObjectContexts.FileSystem> fileSystems =
        list(
            PolicySection.FILE_SYSTEMS,
            5 + CONTEXT_BYTES,
            () ->
                new ObjectContexts.FileSystem(
                    fileSystem(),
                    contexts.context("a file system"),
                    contexts.context("the files of a file system")));
    List<ObjectContexts.Port> ports = list(PolicySection.PORTS, 12, this::port);
    List<ObjectContexts.Interface> interfaces =
        list(PolicySection.INTERFACES, 5 + CONTEXT_BYTES, this::netif);
    List<ObjectContexts.Node> nodes = list(PolicySection.NODES_V4, 8, () -> node(4));
    List<ObjectContexts.FsUse> uses =
        list(
            PolicySection.FS_USE,
            9,
            () ->
                new ObjectContexts.FsUse(
                    in.number("the behaviour of fs_use", 1, 3),
                    fileSystem(),
                    contexts.context("fs_use")));
    List<ObjectContexts.Node> nodes6 = list(PolicySection.NODES_V6, 32, () -> node(16));
    List<ObjectContexts.Pkey> pkeys = List.of();
    List<ObjectContexts.EndPort> endPorts = List.of();
    if (version >= 31) {
      pkeys = list(PolicySection.IB_PKEYS, 16, this::pkey);
      endPorts = list(PolicySection.IB_END_PORTS, 9, this::endPort);
    }
    return new ObjectContexts(
        sids, fileSystems, ports, interfaces, nodes, uses, nodes6, pkeys, endPorts, genfs());
  }

  private Map<Integer, PolicyContext> initialSids() throws PolicyFileException {
    in.enter(PolicySection.INITIAL_SIDS);
    int count = in.count("initial SIDs", 4 + CONTEXT_BYTES);
    Map<Integer, PolicyContext> sids = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      int record = in.offset();
      int sid = in.number("an initial SID", 1, PolicyInput.MAX_VALUE);
      if (sids.put(sid, contexts.context("an initial SID")) != null) {
        throw in.wrongAt(record, "initial SID " + sid + " is there twice");
      }
    }
    return Collections.unmodifiableMap(sids);
  }

  private String fileSystem() throws PolicyFileException {
    return in.path(in.length("a file system's name"), "a file system's name");
  }

  private ObjectContexts.Port port() throws PolicyFileException {
    int protocol = in.number("a protocol", 0, 255);
    int low = in.number("the first port", 0, MAX_PORT);
    int high = in.number("the last port", low, MAX_PORT);
    return new ObjectContexts.Port(protocol, low, high, contexts.context("a port"));
  }

  private ObjectContexts.Interface netif() throws PolicyFileException {
    int length = in.length("an interface's name");
    if (length > 63) {
      throw in.wrong("an interface's name has " + length + " bytes, more than 63");
    }
    return new ObjectContexts.Interface(
        in.name(length, "an interface's name"),
        contexts.context("an interface"),
        contexts.context("what arrives on an interface"));
  }

  /** Addresses and masks stand in network byte order. */
  private ObjectContexts.Node node(int bytes) throws PolicyFileException {
    ByteBuffer raw = ByteBuffer.wrap(in.raw(2 * bytes, "an address"));
    long high = bytes == 4 ? 0 : raw.getLong();
    long low = bytes == 4 ? raw.getInt() & 0xffffffffL : raw.getLong();
    long highMask = bytes == 4 ? 0 : raw.getLong();
    long lowMask = bytes == 4 ? raw.getInt() & 0xffffffffL : raw.getLong();
    return new ObjectContexts.Node(high, low, highMask, lowMask, contexts.context("a node"));
  }

  private ObjectContexts.Pkey pkey() throws PolicyFileException {
    long prefix = ByteBuffer.wrap(in.raw(8, "a subnet prefix")).getLong();
    int low = in.number("the first partition key", 0, 65535);
    int high = in.number("the last partition key", low, 65535);
    return new ObjectContexts.Pkey(prefix, low, high, contexts.context("a partition key"));
  }

  private ObjectContexts.EndPort endPort() throws PolicyFileException {
    int length = in.length("a device's name");
    if (length > 63) {
      throw in.wrong("a device's name has " + length + " bytes, more than 63");
    }
    int port = in.number("an end port", 1, 255);
    return new ObjectContexts.EndPort(
        in.name(length, "a device's name"), port, contexts.context("an end port"));
  }

  private List<ObjectContexts.Genfs> genfs() throws PolicyFileException {
    in.enter(PolicySection.GENFS);
    List<ObjectContexts.Genfs> records = new ArrayList<>();
    int systems = in.count("file systems", 9);
    for (int i = 0; i < systems; i++) {
      String fileSystem = fileSystem();
      int paths = in.count("paths", 9 + CONTEXT_BYTES);
      for (int j = 0; j < paths; j++) {
        String path = in.path(in.length("a path"), "a path");
        int securityClass = in.valueOrNone(symbols.classNames, "class");
        records.add(
            new ObjectContexts.Genfs(fileSystem, path, securityClass, contexts.context("a path")));
      }
    }
    return List.copyOf(records);
  }
}
