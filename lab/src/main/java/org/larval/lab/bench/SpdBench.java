package org.larval.lab.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.larval.lab.time.Randomness;
import org.larval.lab.time.Stopwatch;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Event;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Lookup;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.Policy;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.Who;
import org.larval.xfrm.XfrmEngine;

/**
 * Policy look-ups among 10, 1,000 and 100,000 policies of mixed prefixes, protocols and ports: the
 * reference is the smallest database, so the ratios tell how flat the look-up stays. Each flow is
 * another; those that hit are drawn from all policies, those that miss are drawn at random or
 * differ from one that hits in its source, its port or its protocol.
 */
final class SpdBench {
  private static final int[] SIZES = {10, 1_000, 100_000};
  private static final int FLOWS = 4_096;
  private static final int LOOKUPS = 4_096;

  private SpdBench() {}

  static BenchReport run(Rounds rounds, Consumer<String> progress) {
    List<BenchReport.Figure> figures = new ArrayList<>();
    List<Contender> hits = new ArrayList<>();
    List<Contender> misses = new ArrayList<>();
    for (int size : SIZES) {
      progress.accept("loading " + size + " policies");
      Database database = new Database(size, figures);
      hits.add(new Flows(database, true));
      misses.add(new Flows(database, false));
    }
    List<BenchReport.Table> tables = new ArrayList<>();
    tables.add(new BenchReport.Table("look-ups that hit", rounds.of(hits, progress)));
    tables.add(new BenchReport.Table("look-ups that miss", rounds.of(misses, progress)));
    return new BenchReport("spd", "look-up", tables, figures);
  }

  /** An engine full of policies. */
  private static final class Database implements Effects {
    final XfrmEngine engine =
        new XfrmEngine(
            "bench", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    final RandomGenerator random;
    final List<Policy> policies;
    final int size;

    Database(int size, List<BenchReport.Figure> figures) {
      this.size = size;
      random = new Randomness(size, true).stream("spd");
      policies = new PolicyMix(random).of(size);
      String name = String.format(Locale.ROOT, "%,d policies", size);
      long before = Heap.used();
      Stopwatch watch = Stopwatch.start();
      load();
      double seconds = watch.nanos() / 1e9;
      long bytes = Heap.used() - before;
      if (size >= 1_000) {
        figures.add(new BenchReport.Figure(name + ", memory each", (double) bytes / size, "bytes"));
        figures.add(new BenchReport.Figure(name + ", loading each", seconds / size * 1e9, "ns"));
        watch = Stopwatch.start();
        for (Policy policy : policies) {
          require(engine.spd().delete(0, policy.identity(), this));
        }
        seconds = watch.nanos() / 1e9;
        figures.add(new BenchReport.Figure(name + ", deleting each", seconds / size * 1e9, "ns"));
        load();
      }
    }

    private void load() {
      for (Policy policy : policies) {
        require(engine.spd().add(0, policy, Lifetimes.NONE, this));
      }
      if (engine.spd().count(Direction.OUT) != size) {
        throw new IllegalStateException("not all policies were loaded");
      }
    }

    private static void require(Errno errno) {
      if (errno != Errno.OK) {
        throw new IllegalStateException(errno.toString());
      }
    }

    boolean hits(FlowKey flow) {
      return engine.lookup(0, flow, Who.LOCAL_NONBLOCKING, this) instanceof Lookup.Bypass bypass
          && bypass.policy() != null;
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

  /**
   * Many flows against one database. They lie packed, and one key is filled again and again as a
   * stack does, so that reading them costs the same for every size.
   */
  private static final class Flows implements Contender {
    private static final int WORDS = 5;

    private final Database database;
    private final boolean hit;
    private final long[] packed = new long[FLOWS * WORDS];
    private final FlowKey flow = new FlowKey();
    private int next;

    Flows(Database database, boolean hit) {
      this.database = database;
      this.hit = hit;
      PolicyMix mix = new PolicyMix(database.random);
      for (int i = 0; i < FLOWS; i++) {
        do {
          Policy like = database.policies.get(database.random.nextInt(database.size));
          if (hit) {
            mix.inside(like, flow);
          } else {
            mix.beside(like, flow);
          }
        } while (database.hits(flow) != hit);
        pack(i * WORDS);
      }
    }

    private void pack(int at) {
      packed[at] = flow.sourceHigh;
      packed[at + 1] = flow.sourceLow;
      packed[at + 2] = flow.targetHigh;
      packed[at + 3] = flow.targetLow;
      packed[at + 4] =
          (flow.v6 ? 1L << 40 : 0)
              | (long) flow.protocol << 32
              | (long) flow.sourcePort << 16
              | flow.targetPort;
    }

    private void unpack(int at) {
      flow.sourceHigh = packed[at];
      flow.sourceLow = packed[at + 1];
      flow.targetHigh = packed[at + 2];
      flow.targetLow = packed[at + 3];
      long rest = packed[at + 4];
      flow.v6 = rest >>> 40 != 0;
      flow.protocol = (int) (rest >>> 32) & 0xff;
      flow.sourcePort = (int) (rest >>> 16) & 0xffff;
      flow.targetPort = (int) rest & 0xffff;
    }

    @Override
    public String name() {
      return String.format(Locale.ROOT, "%,d policies", database.size);
    }

    @Override
    public long run() {
      int wrong = 0;
      for (int i = 0; i < LOOKUPS; i++) {
        unpack(next * WORDS);
        next = next + 1 & FLOWS - 1;
        wrong += database.hits(flow) == hit ? 0 : 1;
      }
      if (wrong > 0) {
        throw new IllegalStateException(wrong + " look-ups gave another answer than before");
      }
      return LOOKUPS;
    }
  }
}
