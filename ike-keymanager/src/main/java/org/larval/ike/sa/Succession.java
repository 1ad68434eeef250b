package org.larval.ike.sa;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.IkeSuite;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.DeletePayload;
import org.larval.ike.message.Message;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Protocol;

/** How an IKE SA takes the place of another one that it was rekeyed from (RFC 7296 section 2.8). */
final class Succession {
  private final IkeSa heir;
  private @Nullable IkeSa contended;

  Succession(IkeSa heir) {
    this.heir = heir;
  }

  /**
   * The keys of a successor (RFC 7296 section 2.18), which knows its peer already.
   *
   * @param exchanged shared secrets, which are destroyed
   */
  void keys(Turn turn, IkeSa old, IkeSuite suite, Octets ni, Octets nr, List<Secret> exchanged) {
    Secret seed =
        new KeySchedule(old.suite().prf()).skeyseedOfRekey(old.keys().d(), ni, nr, exchanged);
    heir.derive(turn, suite, seed, ni, nr);
    exchanged.forEach(Secret::destroy);
    heir.localId(old.localId());
    heir.remoteId(old.remoteId());
    heir.nat(old.natHere(), old.natThere());
    heir.peer().copy(old.peer());
    heir.host.table().add(heir);
  }

  /** Both ends rekey that one, and it is not clear yet which successor stays. */
  void contend(IkeSa old) {
    contended = old;
    heir.state(IkeSa.State.CONTENDING);
  }

  /** The peer uses this one, so it is the one that stays. */
  void used(Turn turn, Message request) {
    IkeSa old = contended;
    boolean redundant =
        request.all(DeletePayload.class).stream()
            .anyMatch(one -> one.protocol() == Protocol.IKE.id());
    if (old != null && !redundant) {
      inherit(turn, old);
    }
  }

  /** Takes over what the one before it had; that one only waits for its deletion. */
  void inherit(Turn turn, IkeSa old) {
    contended = null;
    if (old.state() != IkeSa.State.ESTABLISHED) {
      return;
    }
    for (ChildSa child : old.children()) {
      child.owner(heir);
      heir.children().add(child);
    }
    old.children().clear();
    heir.localInner().addAll(old.localInner());
    heir.remoteInner().addAll(old.remoteInner());
    old.localInner().clear();
    old.remoteInner().clear();
    old.state(IkeSa.State.REKEYED);
    old.life().end();
    old.life().lingers(turn);
    if (heir.state() == IkeSa.State.CONNECTING) {
      heir.establish(turn, true);
    }
    heir.state(IkeSa.State.ESTABLISHED);
    heir.life().replaces(old.life());
    heir.log(turn, heir + " replaces " + old);
    old.requests().handOver(turn, heir);
  }
}
