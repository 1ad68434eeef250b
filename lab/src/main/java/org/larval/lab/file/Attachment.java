package org.larval.lab.file;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** How the only NIC of a guest that the lab does not run is joined to the street. */
public sealed interface Attachment {
  /** As tables name it: the kind, and where. */
  String label();

  /**
   * A file that holds the NIC (docs/netfile.md); the lab plays its end and formats it if need be.
   *
   * @param path the file; the doorbells are beside it
   */
  record Netfile(String path) implements Attachment {
    @Override
    public String label() {
      return "netfile " + path;
    }
  }

  /**
   * Rings in the guest's own memory, which it hands over through a Unix socket.
   *
   * @param connect whether the lab connects to the guest's socket instead of listening
   */
  record VhostUser(String path, boolean connect) implements Attachment {
    @Override
    public String label() {
      return "vhost-user " + path;
    }
  }

  /**
   * Rings in the memory of a memif client, which connects to our Unix socket.
   *
   * @param id the interface that the client names, 32 bits
   * @param secret what the client must know; empty if it need not know anything
   */
  record Memif(String path, int id, String secret) implements Attachment {
    @Override
    public String label() {
      return "memif " + path;
    }

    /** Without the secret. */
    @Override
    public String toString() {
      return label();
    }
  }

  /**
   * A TAP device of the host's kernel.
   *
   * @param namespace the network namespace that it is in, by the name of {@code ip netns}; null for
   *     the lab's own
   */
  record Tap(String name, @Nullable String namespace) implements Attachment {
    @Override
    public String label() {
      return "tap " + name + (namespace == null ? "" : " in " + namespace);
    }
  }

  /**
   * One frame in each datagram, over UDP or a Unix socket: QEMU's {@code dgram} netdev.
   *
   * @param here what the lab binds; QEMU's {@code remote}
   * @param there where the lab sends to and from where alone it takes frames; QEMU's {@code local}
   */
  record Dgram(SocketAddress here, SocketAddress there) implements Attachment {
    @Override
    public String label() {
      return "dgram " + Sockets.print(there);
    }
  }

  /**
   * Frames in a stream, each after its length in four bytes: QEMU's {@code stream} netdev.
   *
   * @param connect whether the lab connects, again and again, instead of listening
   */
  record Stream(SocketAddress at, boolean connect) implements Attachment {
    @Override
    public String label() {
      return "stream " + Sockets.print(at);
    }
  }

  /**
   * Frames in VXLAN (RFC 7348).
   *
   * @param vni the network's number, 24 bits
   * @param here the UDP address that the lab binds
   * @param there where the other end receives; frames are taken from its address, whatever its port
   */
  record Vxlan(int vni, InetSocketAddress here, InetSocketAddress there) implements Attachment {
    @Override
    public String label() {
      return "vxlan " + vni + " " + Sockets.print(there);
    }
  }
}
