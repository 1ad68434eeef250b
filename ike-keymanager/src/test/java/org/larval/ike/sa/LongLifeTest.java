package org.larval.ike.sa;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeAcquire;
import org.larval.ike.IkeEvent;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Lifetime;
import org.larval.ike.config.Settings;
import org.larval.ike.config.TrafficSpec;
import org.larval.ike.message.Octets;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** What happens to IKE SAs that stand: lifetimes, moves, dead peers, addresses, labels. */
class LongLifeTest {
  private static final String IKE = "aes128gcm16-prfsha256-x25519";
  private static final TwoHosts.Network STREET = (from, now, number) -> 10 * TwoHosts.MS;

  private static Connection connection(
      boolean ofA, Consumer<Connection.Builder> more, Consumer<Child.Builder> child) {
    Connection plain = FirstExchangesTest.connection(ofA, IKE, "aes128gcm16").build();
    Child net = plain.children().getFirst();
    Child.Builder again =
        Child.named("net").local(net.local()).remote(net.remote()).proposals(net.proposals());
    child.accept(again);
    Connection.Builder builder =
        Connection.named("gw", plain.localAuth(), plain.remoteAuth())
            .between(plain.local(), plain.remote())
            .proposals(plain.proposals())
            .children(List.of(again.build()));
    more.accept(builder);
    return builder.build();
  }

  private static TwoHosts hosts(
      Settings settings, Consumer<Connection.Builder> more, Consumer<Child.Builder> child) {
    return new TwoHosts(
        connection(true, more, child),
        connection(false, more, child),
        settings,
        FirstExchangesTest.psk(),
        STREET,
        1);
  }

  private static TwoHosts begun(
      Settings settings, Consumer<Connection.Builder> more, Consumer<Child.Builder> child) {
    TwoHosts hosts = hosts(settings, more, child);
    hosts.a.engine.initiate(0, "gw", "net", hosts.a);
    hosts.run(TwoHosts.SECOND);
    FirstExchangesTest.agree(hosts, 1);
    return hosts;
  }

  @Test
  void shortLivesLoseNothing() {
    TwoHosts hosts =
        begun(
            Settings.DEFAULT,
            more -> more.lifetime(Lifetime.time(11 * TwoHosts.SECOND, 20 * TwoHosts.SECOND, 0)),
            child ->
                child.lifetime(
                    Lifetime.time(4 * TwoHosts.SECOND, 8 * TwoHosts.SECOND, TwoHosts.SECOND)));
    hosts.traffic(TwoHosts.MS, 10 * TwoHosts.MS);
    hosts.run(120 * TwoHosts.SECOND);
    hosts.silence();
    hosts.run(121 * TwoHosts.SECOND);
    assertThat(hosts.lost).isEmpty();
    assertThat(hosts.carried).isGreaterThan(200_000);
    assertThat(hosts.a.established()).hasSize(1);
    long replaced =
        hosts.a.events.stream()
            .filter(one -> one instanceof IkeEvent.ChildUp up && up.replaces() != 0)
            .count();
    assertThat(replaced).isGreaterThan(25);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reauthentication(boolean makeBeforeBreak) {
    TwoHosts hosts =
        begun(
            Settings.with().makeBeforeBreak(makeBeforeBreak).build(),
            more -> more.lifetime(Lifetime.FOREVER).reauthTime(10 * TwoHosts.SECOND),
            child -> child.lifetime(Lifetime.FOREVER));
    hosts.traffic(10 * TwoHosts.MS, 10 * TwoHosts.MS);
    hosts.run(35 * TwoHosts.SECOND);
    hosts.silence();
    hosts.run(48 * TwoHosts.SECOND);
    FirstExchangesTest.agree(hosts, 1);
    assertThat(hosts.story()).contains("authenticates again");
    if (makeBeforeBreak) {
      assertThat(hosts.lost).isEmpty();
    } else {
      assertThat(hosts.lost).isNotEmpty();
    }
  }

  @Test
  void bytesUsedUp() {
    TwoHosts hosts = begun(Settings.DEFAULT, more -> {}, child -> child.lifetime(Lifetime.FOREVER));
    int before = hosts.a.inbound.keySet().iterator().next();
    hosts.a.engine.onExpire(hosts.now, before, false, hosts.a);
    hosts.run(20 * TwoHosts.SECOND);
    FirstExchangesTest.agree(hosts, 1);
    assertThat(hosts.a.inbound).doesNotContainKey(before);
    int after = hosts.a.inbound.keySet().iterator().next();
    hosts.a.engine.onExpire(hosts.now, after, true, hosts.a);
    hosts.run(40 * TwoHosts.SECOND);
    FirstExchangesTest.agree(hosts, 0);
  }

  @Test
  void aDeadPeerIsNoticedAndItsChildBegunAgain() {
    boolean[] dead = new boolean[1];
    TwoHosts hosts =
        new TwoHosts(
            connection(
                true,
                more -> more.dpdDelay(2 * TwoHosts.SECOND),
                child -> child.onDead(Child.Action.START)),
            connection(false, more -> {}, child -> {}),
            Settings.DEFAULT,
            FirstExchangesTest.psk(),
            (from, now, number) -> dead[0] ? -1 : 10 * TwoHosts.MS,
            1);
    hosts.a.engine.initiate(0, "gw", "net", hosts.a);
    hosts.run(10 * TwoHosts.SECOND);
    assertThat(hosts.story()).contains("INFORMATIONAL request");
    dead[0] = true;
    hosts.run(180 * TwoHosts.SECOND);
    assertThat(hosts.story()).contains("no response to INFORMATIONAL request");
    assertThat(hosts.a.inbound).isEmpty();
    dead[0] = false;
    hosts.run(400 * TwoHosts.SECOND);
    // the other end learns from INITIAL_CONTACT that the old one is gone
    FirstExchangesTest.agree(hosts, 1);
  }

  @Test
  void anAddressChangesByMobike() {
    TwoHosts hosts = begun(Settings.DEFAULT, more -> more.mobike(true), child -> {});
    IpAddress elsewhere = IpAddress.parse("10.0.0.9");
    hosts.a.moves(elsewhere);
    assertThat(hosts.a.engine.move(hosts.now, "gw", elsewhere, hosts.a)).isEqualTo(1);
    hosts.run(5 * TwoHosts.SECOND);
    assertThat(hosts.story()).contains("the peer has moved to 10.0.0.9:4500");
    assertThat(hosts.b.engine.status().getFirst().remote().address()).isEqualTo(elsewhere);
    assertThat(hosts.b.events)
        .anyMatch(
            one ->
                one instanceof IkeEvent.Move move
                    && move.after().remote().address().equals(elsewhere));
    hosts.b.engine.rekeyChild(hosts.now, "gw", "net", hosts.b);
    hosts.run(20 * TwoHosts.SECOND);
    FirstExchangesTest.agree(hosts, 1);
  }

  @Test
  void anOldMessageFromElsewhereMovesNothing() {
    TwoHosts hosts = hosts(Settings.DEFAULT, more -> more.encap(true).mobike(false), child -> {});
    hosts.a.engine.initiate(0, "gw", "net", hosts.a);
    hosts.run(TwoHosts.SECOND);
    assertThat(hosts.b.established()).as(hosts.story()).hasSize(1);
    hosts.a.engine.probe(hosts.now, "gw", hosts.a);
    Octets probe =
        hosts.a.events.reversed().stream()
            .filter(IkeEvent.Send.class::isInstance)
            .map(one -> ((IkeEvent.Send) one).datagram())
            .findFirst()
            .orElseThrow();
    hosts.run(5 * TwoHosts.SECOND);
    Endpoint before = hosts.b.engine.status().getFirst().remote();
    assertThat(before.address()).isEqualTo(TwoHosts.A);
    Endpoint thief = new Endpoint(IpAddress.parse("10.0.0.66"), 4500);
    hosts.b.engine.onDatagram(
        hosts.now, new Endpoint(TwoHosts.B, Endpoint.NAT), thief, probe, hosts.b);
    assertThat(hosts.story()).contains("sends its response again");
    assertThat(hosts.b.engine.status().getFirst().remote()).isEqualTo(before);
  }

  @Test
  void aVirtualAddress() {
    Prefix pool = Prefix.parse("10.99.0.0/30");
    TwoHosts hosts =
        new TwoHosts(
            connection(
                true,
                more -> more.virtualIps(List.of(IpAddress.ANY4)),
                child -> child.local(List.of(TrafficSpec.DYNAMIC))),
            connection(
                false,
                more -> more.pool(pool),
                child -> child.remote(List.of(TrafficSpec.DYNAMIC))),
            Settings.DEFAULT,
            FirstExchangesTest.psk(),
            STREET,
            1);
    hosts.a.engine.initiate(0, "gw", "net", hosts.a);
    hosts.run(TwoHosts.SECOND);
    FirstExchangesTest.agree(hosts, 1);
    IpAddress given = IpAddress.parse("10.99.0.1");
    assertThat(hosts.a.events).contains(new IkeEvent.VirtualIp("gw", given, true));
    assertThat(hosts.a.inbound.values().iterator().next().localSelectors().getFirst().first())
        .isEqualTo(given);
    hosts.a.engine.terminate(hosts.now, "gw", hosts.a);
    hosts.run(5 * TwoHosts.SECOND);
    assertThat(hosts.a.events).contains(new IkeEvent.VirtualIp("gw", given, false));
    // and it is free again
    hosts.a.engine.initiate(hosts.now, "gw", "net", hosts.a);
    hosts.run(10 * TwoHosts.SECOND);
    FirstExchangesTest.agree(hosts, 1);
  }

  @Test
  void withoutAChildAtFirst() {
    TwoHosts hosts =
        begun(Settings.DEFAULT, more -> more.childless(Connection.Childless.FORCE), child -> {});
    assertThat(hosts.story()).contains("A sends CREATE_CHILD_SA request 2");
  }

  @Test
  void sentElsewhere() {
    IpAddress other = IpAddress.parse("10.0.0.77");
    TwoHosts hosts =
        new TwoHosts(
            connection(true, more -> {}, child -> {}),
            connection(false, more -> more.redirectTo(other), child -> {}),
            Settings.DEFAULT,
            FirstExchangesTest.psk(),
            STREET,
            1);
    hosts.a.engine.initiate(0, "gw", "net", hosts.a);
    hosts.run(TwoHosts.SECOND);
    assertThat(hosts.story()).contains("the peer sends us to 10.0.0.77");
    assertThat(hosts.a.events)
        .anyMatch(
            one -> one instanceof IkeEvent.Send send && send.remote().address().equals(other));
    assertThat(hosts.a.inbound).isEmpty();
  }

  @Test
  void eachDomainItsOwnPair() {
    String generic = "system_u:object_r:ipsec_spd_t:s0";
    TwoHosts hosts =
        hosts(
            Settings.DEFAULT,
            more -> {},
            child -> child.label(generic, Child.LabelMode.SELINUX).reqid(7));
    hosts.polmatch = (flow, policy) -> policy.equals(generic) && !flow.contains("denied_t");
    int sequence = 0;
    for (String domain : List.of("web_t", "mail_t", "denied_t", "db_t")) {
      hosts.a.engine.onAcquire(
          hosts.now,
          new IkeAcquire(
              ++sequence,
              TwoHosts.A,
              TwoHosts.B,
              7,
              "system_u:system_r:" + domain + ":s0",
              null,
              null,
              -1),
          hosts.a);
    }
    hosts.run(5 * TwoHosts.SECOND);
    FirstExchangesTest.agree(hosts, 3);
    assertThat(hosts.a.inbound.values())
        .extracting(one -> one.label())
        .containsExactlyInAnyOrder(
            "system_u:system_r:web_t:s0",
            "system_u:system_r:mail_t:s0",
            "system_u:system_r:db_t:s0");
    assertThat(hosts.a.events)
        .filteredOn(IkeEvent.AcquireFailed.class::isInstance)
        .singleElement()
        .satisfies(
            one -> assertThat(((IkeEvent.AcquireFailed) one).acquire().sequence()).isEqualTo(3));
  }
}
