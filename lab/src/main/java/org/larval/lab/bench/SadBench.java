package org.larval.lab.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.EffectList;
import org.larval.packet.Errno;
import org.larval.packet.FlowKey;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Prefix;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.Direction;
import org.larval.xfrm.InstalledPolicy;
import org.larval.xfrm.IpPlace;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Mode;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.Policy;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.Selector;
import org.larval.xfrm.SocketPolicies;
import org.larval.xfrm.State;
import org.larval.xfrm.StateBuilder;
import org.larval.xfrm.Template;
import org.larval.xfrm.Transform;
import org.larval.xfrm.XfrmEngine;

/**
 * Look-ups of states in databases of 1000, 100,000 and 1,000,000 of them, in random order. The
 * smallest is the reference, so the ratio says how flat a look-up is. Half of the states are
 * inbound, with SPIs of their own; half are outbound, 16 for each pair of peers under reqids of
 * their own; a quarter of either is IPv6. All have limits of time.
 */
final class SadBench {
  private static final int LOOKUPS = 10_000;
  private static final int PER_PEER = 16;
  private static final IpAddress HERE4 = IpAddress.parse("192.0.2.1");
  private static final IpAddress HERE6 = IpAddress.parse("2001:db8::1");

  private SadBench() {}

  static BenchReport run(Rounds rounds, Consumer<String> progress) {
    int[] sizes =
        rounds.equals(Rounds.ONCE)
            ? new int[] {100, 1000, 10_000}
            : new int[] {1000, 100_000, 1_000_000};
    List<Database> databases = new ArrayList<>();
    StringBuilder memory = new StringBuilder();
    for (int size : sizes) {
      progress.accept("loading " + size + " states");
      long before = ThousandReport.used();
      Database database = new Database(size);
      double each = (ThousandReport.used() - before) / (double) size;
      databases.add(database);
      memory.append(memory.isEmpty() ? "" : ", ");
      memory.append(String.format(Locale.ROOT, "%,d: %.0f", size, each));
    }
    List<BenchReport.Table> tables = new ArrayList<>();
    for (Way way : Way.values()) {
      List<Contender> contenders = new ArrayList<>();
      for (Database database : databases) {
        contenders.add(new Search(database, way));
      }
      tables.add(new BenchReport.Table(way.about, rounds.of(contenders, progress)));
    }
    BenchReport.Table first = tables.getFirst();
    tables.set(
        0,
        new BenchReport.Table(
            first.about() + " (heap bytes per state without its keys: " + memory + ")",
            first.rows()));
    return new BenchReport("sad", "look-up", tables);
  }

  /** What is looked for. */
  private enum Way {
    INBOUND_HIT("inbound, found"),
    INBOUND_MISS("inbound, unknown SPI"),
    OUTBOUND_HIT("outbound, found"),
    OUTBOUND_MISS("outbound, unknown reqid");

    final String about;

    Way(String about) {
      this.about = about;
    }
  }

  /** An engine with so many states. */
  private static final class Database {
    final int size;
    final int half;
    final XfrmEngine engine =
        new XfrmEngine(
            "bench", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    final InstalledPolicy[] policies = new InstalledPolicy[2 * PER_PEER];

    Database(int size) {
      this.size = size;
      half = size / 2;
      for (int i = 0; i < policies.length; i++) {
        policies[i] = ofSocket(policy(i + 1));
      }
      try (EffectList out = new EffectList()) {
        for (int i = 0; i < half; i++) {
          boolean v6 = v6(i);
          install(State.of(peer(i), here(v6), spi(i), IpProtocol.ESP), out);
          install(
              State.of(here(v6(i / PER_PEER)), peer(i / PER_PEER), spi(i), IpProtocol.ESP)
                  .reqid(i % PER_PEER + 1),
              out);
        }
      }
    }

    private InstalledPolicy ofSocket(Policy policy) {
      SocketPolicies socket = new SocketPolicies();
      engine.spd().socketPolicy(0, socket, Direction.OUT, policy);
      InstalledPolicy installed = socket.get(Direction.OUT);
      if (installed == null) {
        throw new IllegalStateException("the policy was refused");
      }
      return installed;
    }

    private void install(StateBuilder state, EffectList out) {
      Errno errno =
          engine
              .sad()
              .install(
                  0,
                  state
                      .mode(Mode.TRANSPORT)
                      .lifetimes(Lifetimes.seconds(3000, 3600))
                      .transform(Nothing.ONLY)
                      .build(),
                  out);
      if (errno != Errno.OK) {
        throw new IllegalStateException(errno.toString());
      }
    }

    static boolean v6(int number) {
      return (number & 3) == 3;
    }

    static IpAddress here(boolean v6) {
      return v6 ? HERE6 : HERE4;
    }

    static int spi(int number) {
      // An odd factor gives each number another SPI; none is 0.
      return (number + 1) * 0x9e37_79b1;
    }

    static IpAddress peer(int number) {
      return v6(number)
          ? IpAddress.ofV6(0xfd00_0000_0000_0000L, number)
          : IpAddress.ofV4(10 << 24 | number);
    }

    private static Policy policy(int reqid) {
      Template template =
          new Template(
              IpAddress.ANY4, IpAddress.ANY4, 0, IpProtocol.ESP, reqid, Mode.TRANSPORT, false);
      Prefix all = Prefix.parse("0.0.0.0/0");
      return new Policy(
          Direction.OUT,
          Selector.between(all, all),
          0,
          0,
          Policy.Action.ALLOW,
          Mark.NONE,
          0,
          null,
          List.of(template));
    }
  }

  /** Looks up in random order. */
  private static final class Search implements Contender {
    private final Database database;
    private final Way way;
    private final FlowKey flow = new FlowKey();
    private long random = 1;

    Search(Database database, Way way) {
      this.database = database;
      this.way = way;
      flow.protocol = IpProtocol.UDP;
    }

    @Override
    public String name() {
      return String.format(Locale.ROOT, "%,d states", database.size);
    }

    @Override
    public long run() {
      boolean hit = way == Way.INBOUND_HIT || way == Way.OUTBOUND_HIT;
      boolean inbound = way == Way.INBOUND_HIT || way == Way.INBOUND_MISS;
      int found = 0;
      for (int i = 0; i < LOOKUPS; i++) {
        random = random * 0x5851_f42d_4c95_7f2dL + 0x1405_7b7e_f767_814fL;
        int number = (int) ((random >>> 32) * database.half >>> 32);
        State state = inbound ? inbound(number, hit) : outbound(number, hit);
        if (state != null) {
          found++;
        }
      }
      if (found != (hit ? LOOKUPS : 0)) {
        throw new IllegalStateException(found + " of " + LOOKUPS + " found");
      }
      return LOOKUPS;
    }

    private @Nullable State inbound(int number, boolean hit) {
      int spi = Database.spi(hit ? number : number + database.half);
      boolean v6 = Database.v6(number);
      IpAddress here = Database.here(v6);
      return database.engine.sad().find(v6, here.high(), here.low(), spi, IpProtocol.ESP, 0);
    }

    private @Nullable State outbound(int number, boolean hit) {
      int pair = number / PER_PEER;
      boolean v6 = Database.v6(pair);
      IpAddress here = Database.here(v6);
      flow.v6 = v6;
      flow.sourceHigh = here.high();
      flow.sourceLow = here.low();
      flow.targetHigh = v6 ? 0xfd00_0000_0000_0000L : 0;
      flow.targetLow = v6 ? pair : 10 << 24 | pair;
      int reqid = number % PER_PEER + (hit ? 0 : PER_PEER);
      return database.engine.sad().outbound(flow, database.policies[reqid]);
    }
  }

  /** A transform for states that are only looked for. */
  private enum Nothing implements Transform {
    ONLY;

    @Override
    public DropReason protect(long now, State sa, Packet packet) {
      return DropReason.XFRM_OUT_STATE_PROTO_ERROR;
    }

    @Override
    public DropReason open(long now, State sa, Packet packet, IpPlace ip) {
      return DropReason.XFRM_IN_STATE_PROTO_ERROR;
    }

    @Override
    public int overhead() {
      return 0;
    }

    @Override
    public int mtu(int linkMtu) {
      return linkMtu;
    }
  }
}
