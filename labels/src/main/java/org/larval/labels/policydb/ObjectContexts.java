package org.larval.labels.policydb;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The contexts of things that are no processes and no files. Where several records fit the first
 * counts, so all lists are in the file's order.
 *
 * @param initialSids by number
 * @param fileSystems file systems
 * @param ports ranges of ports
 * @param interfaces network interfaces
 * @param nodes IPv4 addresses
 * @param fsUse how file systems are labeled
 * @param nodes6 IPv6 addresses
 * @param pkeys InfiniBand partition keys
 * @param endPorts InfiniBand end ports
 * @param genfs paths on file systems without labels
 */
public record ObjectContexts(
    Map<Integer, PolicyContext> initialSids,
    List<FileSystem> fileSystems,
    List<Port> ports,
    List<Interface> interfaces,
    List<Node> nodes,
    List<FsUse> fsUse,
    List<Node> nodes6,
    List<Pkey> pkeys,
    List<EndPort> endPorts,
    List<Genfs> genfs) {

  /** SECINITSID_UNLABELED: what has no label, or one that means nothing. */
  public static final int UNLABELED = 3;

  /** SECINITSID_PORT: ports without a record. */
  public static final int PORT = 9;

  /** SECINITSID_NETIF: interfaces without a record. */
  public static final int NETIF = 10;

  /** SECINITSID_NETMSG: what arrives on interfaces without a record. */
  public static final int NETMSG = 11;

  /** SECINITSID_NODE: addresses without a record. */
  public static final int NODE = 12;

  /**
   * A file system.
   *
   * @param name its name
   * @param context its own
   * @param file of its files
   */
  public record FileSystem(String name, PolicyContext context, PolicyContext file) {}

  /**
   * A range of ports.
   *
   * @param protocol 6 TCP, 17 UDP, 33 DCCP, 132 SCTP
   * @param low the first
   * @param high the last
   * @param context theirs
   */
  public record Port(int protocol, int low, int high, PolicyContext context) {}

  /**
   * A network interface.
   *
   * @param name its name
   * @param context its own
   * @param message of what arrives on it unlabeled
   */
  public record Interface(String name, PolicyContext context, PolicyContext message) {}

  /**
   * A range of addresses.
   *
   * @param high the upper 64 bits of the address, 0 for IPv4
   * @param low the lower 64 bits
   * @param highMask the bits of {@code high} that must agree
   * @param lowMask the bits of {@code low}
   * @param context theirs
   */
  public record Node(long high, long low, long highMask, long lowMask, PolicyContext context) {
    boolean fits(long otherHigh, long otherLow) {
      return (otherHigh & highMask) == high && (otherLow & lowMask) == low;
    }
  }

  /**
   * How a file system is labeled.
   *
   * @param behaviour 1 by extended attributes, 2 by transition, 3 by the task
   * @param name its name
   * @param context its own
   */
  public record FsUse(int behaviour, String name, PolicyContext context) {}

  /**
   * A range of partition keys.
   *
   * @param prefix the subnet
   * @param low the first
   * @param high the last
   * @param context theirs
   */
  public record Pkey(long prefix, int low, int high, PolicyContext context) {}

  /**
   * An end port.
   *
   * @param device its name
   * @param port 1 to 255
   * @param context its own
   */
  public record EndPort(String device, int port, PolicyContext context) {}

  /**
   * A path and all below it.
   *
   * @param fileSystem its type
   * @param path from its root, one character per byte
   * @param securityClass what it must be, 0 for anything
   * @param context theirs
   */
  public record Genfs(String fileSystem, String path, int securityClass, PolicyContext context) {}

  /** The context of an initial SID; that of unlabeled if it has none; null without even that. */
  public @Nullable PolicyContext initial(int sid) {
    PolicyContext context = initialSids.get(sid);
    return context == null ? initialSids.get(UNLABELED) : context;
  }

  /** The context of a port (security_port_sid). */
  public @Nullable PolicyContext port(int protocol, int port) {
    for (Port record : ports) {
      if (record.protocol == protocol && record.low <= port && port <= record.high) {
        return record.context;
      }
    }
    return initial(PORT);
  }

  /** The context of an interface, by exact name (security_netif_sid). */
  public @Nullable PolicyContext netif(String name) {
    Interface record = named(name);
    return record == null ? initial(NETIF) : record.context;
  }

  /** The context of what arrives unlabeled on an interface. */
  public @Nullable PolicyContext message(String name) {
    Interface record = named(name);
    return record == null ? initial(NETMSG) : record.message;
  }

  private @Nullable Interface named(String name) {
    for (Interface record : interfaces) {
      if (record.name.equals(name)) {
        return record;
      }
    }
    return null;
  }

  /** The context of an IPv4 address as a number, most significant byte first. */
  public @Nullable PolicyContext node(int address) {
    return first(nodes, 0, address & 0xffffffffL);
  }

  /** The context of an IPv6 address, its upper and its lower 64 bits. */
  public @Nullable PolicyContext node6(long high, long low) {
    return first(nodes6, high, low);
  }

  /**
   * The context of an address as text.
   *
   * @throws IllegalArgumentException if it is none
   */
  public @Nullable PolicyContext node(String text) {
    IpLiteral address = IpLiteral.parse(text);
    if (address == null) {
      throw new IllegalArgumentException("'" + text + "' is no IPv4 or IPv6 address");
    }
    return address.v6() ? node6(address.high(), address.low()) : node((int) address.low());
  }

  private @Nullable PolicyContext first(List<Node> records, long high, long low) {
    for (Node record : records) {
      if (record.fits(high, low)) {
        return record.context;
      }
    }
    return initial(NODE);
  }
}
