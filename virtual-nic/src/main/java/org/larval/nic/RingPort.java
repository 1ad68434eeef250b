package org.larval.nic;

import java.io.IOException;

/** Where whoever has the memory of a NIC's rings plugs in. All on the lab's loop. */
public sealed interface RingPort extends AutoCloseable permits VhostPort, MemifPort {
  /**
   * Listens, or begins to connect.
   *
   * @throws IOException in words for the user
   */
  void open() throws IOException;

  /** Sends the other end away and lets go of the socket's path. */
  @Override
  void close();
}
