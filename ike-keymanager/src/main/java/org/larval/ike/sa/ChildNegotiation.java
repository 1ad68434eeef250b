package org.larval.ike.sa;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.IkeAcquire;
import org.larval.ike.config.Child;
import org.larval.ike.config.Lifetime;
import org.larval.ike.crypto.ChildKeys;
import org.larval.ike.crypto.ChildSuite;
import org.larval.ike.crypto.KeySchedule;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Selector;
import org.larval.ike.message.TsPayload;
import org.larval.wire.IpProtocol;

/** What both ends of a child SA's negotiation find out on the way, and what they make of it. */
final class ChildNegotiation {
  final IkeSa sa;
  final boolean initiator;
  Octets ni = Octets.EMPTY;
  Octets nr = Octets.EMPTY;
  final List<Secret> secrets = new ArrayList<>();
  int ourSpi;
  int peerSpi;
  boolean tunnel = true;
  @Nullable String label;
  @Nullable ChildSuite suite;
  List<Selector.Range> local = List.of();
  List<Selector.Range> remote = List.of();
  int resource = -1;
  @Nullable IkeAcquire acquire;

  ChildNegotiation(IkeSa sa, boolean initiator) {
    this.sa = sa;
    this.initiator = initiator;
  }

  /** The selectors of a payload, with the label if there is one. */
  static TsPayload payload(
      boolean ofInitiator, List<Selector.Range> ranges, @Nullable String label) {
    List<Selector> all = new ArrayList<>(ranges);
    if (label != null) {
      all.add(new Selector.Label(octets(label)));
    }
    return new TsPayload(ofInitiator, all);
  }

  /**
   * A context as it is on the wire: with a zero at its end, as strongSwan and libreswan send it.
   */
  static Octets octets(String label) {
    return Octets.of((label + "\0").getBytes(StandardCharsets.UTF_8));
  }

  /** A context from the wire, with or without a zero; null if there is nothing in it. */
  static @Nullable String label(Octets octets) {
    int size = octets.size();
    if (size > 0 && octets.at(size - 1) == 0) {
      size--;
    }
    return size == 0 ? null : new String(octets.slice(0, size).toArray(), StandardCharsets.UTF_8);
  }

  /** The pair of SAs; nothing is installed yet. */
  ChildSa make(Turn turn, Child config, @Nullable ChildSa predecessor) {
    ChildSuite agreed = suite;
    if (agreed == null) {
      throw new IllegalStateException("no algorithms have been agreed on yet");
    }
    ChildKeys keys =
        new KeySchedule(sa.suite().prf()).child(agreed, sa.keys().d(), ni, nr, secrets);
    secrets.forEach(Secret::destroy);
    int reqid =
        predecessor != null
            ? predecessor.parameters().reqid()
            : acquire != null && acquire.reqid() != 0
                ? acquire.reqid()
                : config.reqid() != 0 ? config.reqid() : sa.host.nextReqid();
    Lifetime lifetime = config.lifetime();
    ChildSa child =
        new ChildSa(
            sa,
            config,
            new ChildParameters(
                sa.host.nextChildId(),
                sa.connection().name(),
                config.name(),
                reqid,
                agreed.encryption() == null ? IpProtocol.AH : IpProtocol.ESP,
                tunnel,
                sa.local(),
                sa.remote(),
                sa.encapsulates(),
                ourSpi,
                peerSpi,
                agreed,
                keys,
                initiator,
                local,
                remote,
                label,
                lifetime,
                config.replayWindow(),
                resource,
                acquire == null ? 0 : acquire.sequence()),
            predecessor);
    child.nonces(ni, nr);
    sa.children().add(child);
    sa.life().watch(turn, child);
    return child;
  }
}
