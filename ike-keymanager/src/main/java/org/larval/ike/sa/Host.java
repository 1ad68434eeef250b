package org.larval.ike.sa;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Surroundings;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;
import org.larval.ike.message.Octets;

/** What all IKE SAs of a host share. */
final class Host {
  private static final int NONCE = 32;
  private static final int FIRST_SPI = 0xc000_0000;
  private static final int SPIS = 0x1000_0000;

  private final List<Connection> connections;
  private final Settings settings;
  private final Keyring keyring;
  private final RandomGenerator random;
  private final Surroundings surroundings;
  private final Agenda agenda = new Agenda();
  private final SaTable table = new SaTable();
  private final AddressPools pools = new AddressPools();
  private long children;
  private int reqids;

  Host(
      List<Connection> connections,
      Settings settings,
      Keyring keyring,
      RandomGenerator random,
      Surroundings surroundings) {
    this.connections = List.copyOf(connections);
    this.settings = settings;
    this.keyring = keyring;
    this.random = random;
    this.surroundings = surroundings;
  }

  List<Connection> connections() {
    return connections;
  }

  Settings settings() {
    return settings;
  }

  Keyring keyring() {
    return keyring;
  }

  RandomGenerator random() {
    return random;
  }

  Surroundings surroundings() {
    return surroundings;
  }

  Agenda agenda() {
    return agenda;
  }

  SaTable table() {
    return table;
  }

  AddressPools pools() {
    return pools;
  }

  Octets nonce() {
    byte[] nonce = new byte[NONCE];
    random.nextBytes(nonce);
    return Octets.of(nonce);
  }

  /** An SPI for a new IKE SA, never 0. */
  long ikeSpi() {
    while (true) {
      long spi = random.nextLong();
      if (spi != 0 && table.bySpi(spi) == null) {
        return spi;
      }
    }
  }

  /** An SPI for an inbound child SA, from the range that strongSwan uses. */
  int childSpi() {
    while (true) {
      int spi = FIRST_SPI + random.nextInt(SPIS);
      if (table.takeChildSpi(spi)) {
        return spi;
      }
    }
  }

  long nextChildId() {
    return ++children;
  }

  /** A reqid for a child that has none of its own. */
  int nextReqid() {
    return ++reqids;
  }

  /** Whether another IKE SA of the same identities stands. */
  boolean known(IkeSa sa) {
    return table.all().stream().anyMatch(other -> same(other, sa));
  }

  private static boolean same(IkeSa other, IkeSa sa) {
    return other != sa
        && other.state() == IkeSa.State.ESTABLISHED
        && other.connection().equals(sa.connection())
        && other.localId().equals(sa.localId())
        && other.remoteId().equals(sa.remoteId());
  }

  /**
   * Deals with other IKE SAs of the same identities (RFC 7296 section 2.4).
   *
   * @param initialContact whether the peer says that it knows of no other
   */
  void unique(Turn turn, IkeSa sa, boolean initialContact) {
    for (IkeSa other : table.all()) {
      // what the peer has made since it sent its first message it cannot have forgotten
      boolean forgotten = initialContact && other.establishedAt() < sa.createdAt();
      if (same(other, sa)) {
        switch (sa.connection().unique()) {
          case NEVER, KEEP -> {}
          case NO -> {
            if (forgotten) {
              other.close(turn, "the peer has forgotten it");
            }
          }
          case REPLACE -> {
            if (forgotten) {
              other.close(turn, "the peer has forgotten it");
            } else if (other.establishedAt() < sa.createdAt()) {
              other.requests().add(turn, new IkeDelete(other, "replaced by a newer one"));
            }
          }
        }
      }
    }
  }

  /** What carries the traffic of a child of another IKE SA with the same peer, or null. */
  @Nullable ChildSa carrying(IkeSa sa, ChildSa child) {
    for (IkeSa other : table.all()) {
      if (same(other, sa)) {
        ChildSa standing = other.childOf(child.config(), child.parameters().label());
        if (standing != null && standing.successor() == null) {
          return standing;
        }
      }
    }
    return null;
  }
}
