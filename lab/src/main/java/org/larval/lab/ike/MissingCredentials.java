package org.larval.lab.ike;

import org.jspecify.annotations.Nullable;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Authentication;
import org.larval.ike.config.Connection;

/**
 * What a connection could never be authenticated without and the file does not have: found when the
 * file is read, not when a peer comes.
 */
final class MissingCredentials {
  /**
   * Something that is missing.
   *
   * @param what in a sentence
   * @param remedy what to do about it
   */
  record Gap(String what, String remedy) {}

  private final Keyring keyring;

  MissingCredentials(Keyring keyring) {
    this.keyring = keyring;
  }

  /** The first gap, or null. */
  @Nullable Gap of(Connection connection) {
    Gap ours = ours(connection);
    Gap theirs = ours == null ? theirs(connection) : ours;
    String ppk = connection.ppkId();
    return theirs == null && connection.ppkRequired() && ppk != null && keyring.ppkOf(ppk) == null
        ? new Gap("there is no ppk '" + ppk + "'", "add it under secrets: ppk")
        : theirs;
  }

  private @Nullable Gap ours(Connection connection) {
    Authentication side = connection.localAuth();
    return switch (side.method()) {
      case PSK -> shared(connection);
      case PUBKEY, EAP_TLS ->
          keyring.keys(side.certificates()).isEmpty()
              ? new Gap(
                  "there is no private key to sign with",
                  "name it under secrets: private, or write local: {auth: psk}")
              : null;
      case EAP_MSCHAPV2 -> password();
      case NULL -> null;
    };
  }

  private @Nullable Gap theirs(Connection connection) {
    return switch (connection.remoteAuth().method()) {
      case PSK -> shared(connection);
      case PUBKEY, EAP_TLS ->
          keyring.trustsSomebody()
              ? null
              : new Gap(
                  "no certificate of a peer would be trusted",
                  "name its authority under authorities, or write remote: {auth: psk}");
      case EAP_MSCHAPV2 -> password();
      case NULL -> null;
    };
  }

  private @Nullable Gap password() {
    return keyring.hasPasswords()
        ? null
        : new Gap("there is no password for EAP", "add it under secrets: eap");
  }

  private @Nullable Gap shared(Connection connection) {
    Identity ours = connection.localAuth().identity();
    Identity theirs = connection.remoteAuth().identity();
    boolean certain = certain(ours) && certain(theirs);
    if (certain ? keyring.sharedBy(ours, theirs) != null : keyring.hasShared()) {
      return null;
    }
    return new Gap(
        certain
            ? "there is no secret for " + ours + " and " + theirs
            : "there is no preshared secret",
        "add it under secrets: ike");
  }

  /** Whether it is one identity: neither anybody nor a pattern. */
  private static boolean certain(Identity identity) {
    return identity.kind() != Identity.ANY && identity.toString().indexOf('*') < 0;
  }
}
