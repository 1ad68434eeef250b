package org.larval.lab.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Event;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Lookup;
import org.larval.xfrm.Mark;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.Policy;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.Selector;
import org.larval.xfrm.Who;
import org.larval.xfrm.XfrmEngine;

/**
 * The policy of a flow among 10 and 1000 policies for one host each, all flows in turn. The
 * reference gets the destination's entry from a hash map.
 */
final class LookupBench {
  private static final int LOOKUPS = 4000;
  private static final IpAddress HERE = IpAddress.parse("10.0.0.1");

  private LookupBench() {}

  static BenchReport run(Rounds rounds, Consumer<String> progress) {
    List<BenchReport.Table> tables = new ArrayList<>();
    for (int policies : new int[] {10, 1000}) {
      tables.add(
          new BenchReport.Table(
              policies + " policies",
              rounds.of(List.of(new Hashed(policies), new Database(policies)), progress)));
    }
    return new BenchReport("lookup", "look-up", tables);
  }

  private static IpAddress peer(int number) {
    return IpAddress.ofV4(10 << 24 | 1 << 16 | number);
  }

  /** A hash map of addresses. */
  private static final class Hashed implements Contender {
    private final Map<IpAddress, Integer> map = new HashMap<>();
    private final IpAddress[] keys;
    private long sum;

    Hashed(int count) {
      keys = new IpAddress[count];
      for (int i = 0; i < count; i++) {
        map.put(peer(i), i);
        keys[i] = peer(i);
      }
    }

    @Override
    public String name() {
      return "hash map";
    }

    @Override
    public long run() {
      for (int i = 0; i < LOOKUPS; i++) {
        sum += map.getOrDefault(keys[i % keys.length], 0);
      }
      if (sum < 0) {
        throw new IllegalStateException("a sum of nothing negative");
      }
      return LOOKUPS;
    }
  }

  /** The engine's policy step. */
  private static final class Database implements Contender, Effects {
    private final XfrmEngine engine =
        new XfrmEngine(
            "bench", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    private final FlowKey[] flows;

    Database(int count) {
      flows = new FlowKey[count];
      for (int i = 0; i < count; i++) {
        Errno errno = engine.addPolicy(0, policy(peer(i)), this);
        if (errno != Errno.OK) {
          throw new IllegalStateException(errno.toString());
        }
        flows[i] = new FlowKey().addresses(HERE, peer(i)).ports(IpProtocol.UDP, 4000, 7);
      }
    }

    private static Policy policy(IpAddress to) {
      return new Policy(
          Direction.OUT,
          Selector.between(Prefix.host(HERE), Prefix.host(to)),
          0,
          0,
          Policy.Action.ALLOW,
          Mark.NONE,
          0,
          null,
          List.of());
    }

    @Override
    public String name() {
      return "policy step";
    }

    @Override
    public long run() {
      for (int i = 0; i < LOOKUPS; i++) {
        Lookup found = engine.lookup(0, flows[i % flows.length], Who.LOCAL_NONBLOCKING, this);
        if (!(found instanceof Lookup.Bypass bypass) || bypass.policy() == null) {
          throw new IllegalStateException("the policy of flow " + i + " was not found");
        }
      }
      return LOOKUPS;
    }

    @Override
    public void emit(Event event) {}

    @Override
    public void forward(Packet packet) {
      throw new IllegalStateException("no packets here");
    }

    @Override
    public void send(int port, Packet packet) {
      throw new IllegalStateException("no packets here");
    }

    @Override
    public void deliver(Packet packet) {
      throw new IllegalStateException("no packets here");
    }

    @Override
    public void absorb(Packet packet) {
      throw new IllegalStateException("no packets here");
    }

    @Override
    public void drop(Packet packet, DropReason reason) {
      throw new IllegalStateException("no packets here");
    }
  }
}
