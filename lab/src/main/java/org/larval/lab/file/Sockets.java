package org.larval.lab.file;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.larval.wire.IpAddress;

/** Addresses of sockets as people write them: {@code 127.0.0.1:4789}, {@code [::1]:9}, a path. */
public final class Sockets {
  /** sockaddr_un(7): 108 bytes with the zero at the end. */
  private static final int LONGEST_PATH = 107;

  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(?:([0-9.]+)|\\[([0-9a-fA-F:.]+)])(?::([0-9]{1,5}))?");

  private Sockets() {}

  /** An IP address with its port. */
  static InetSocketAddress inet(String text) {
    return inet(text, -1);
  }

  /** The same, with a port for those who write none; -1 if they must. */
  static InetSocketAddress inet(String text, int otherwise) {
    Matcher matcher = HOST_AND_PORT.matcher(text.strip());
    if (matcher.matches()) {
      String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
      int port = matcher.group(3) == null ? otherwise : Integer.parseInt(matcher.group(3));
      if (port > 0 && port <= 0xffff) {
        return new InetSocketAddress(address(IpAddress.parse(host)), port);
      }
    }
    throw new IllegalArgumentException(
        "'"
            + text
            + "' is not an address with a port; write one like 127.0.0.1:7001 or [::1]:7001");
  }

  /** An IP address with its port, or else the path of a Unix socket. */
  static SocketAddress any(String text) {
    return HOST_AND_PORT.matcher(text.strip()).matches() ? inet(text) : unix(text);
  }

  /** The path of a Unix socket. */
  static UnixDomainSocketAddress unix(String text) {
    if (text.getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
      throw new IllegalArgumentException(
          "'" + text + "' is too long for a socket; choose a path of at most 107 bytes");
    }
    return UnixDomainSocketAddress.of(text);
  }

  private static InetAddress address(IpAddress address) {
    try {
      return InetAddress.getByName(address.toString());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(address + " is not an address; write digits", e);
    }
  }

  /** As a person would write it. */
  public static String print(SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      String host = inet.getAddress().getHostAddress();
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + inet.getPort();
    }
    return address.toString();
  }
}
