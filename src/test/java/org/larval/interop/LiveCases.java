package org.larval.interop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.larval.lab.ike.IkeRequest;

/** The exchanges that the live tests go through. */
final class LiveCases {
  private static final int FLOOD = 10;

  private LiveCases() {}

  /** All that a strongSwan of this version can do. */
  static List<LiveCase> all(String version) {
    List<LiveCase> cases = new ArrayList<>();
    for (boolean initiator : new boolean[] {true, false}) {
      for (String auth : List.of("psk", "rsa", "ecdsa", "ed25519")) {
        cases.add(suite(auth, LiveCase.IKE, LiveCase.ESP, initiator));
        cases.add(suite(auth, "aes256-sha256-modp2048", "aes256-sha256", initiator));
        cases.add(suite(auth, "chacha20poly1305-prfsha256-ecp256", "chacha20poly1305", initiator));
      }
      cases.add(fragmentation(initiator));
      cases.add(cookies(initiator));
      cases.add(
          new LiveCase("childless", initiator)
              .both("childless", "force")
              .proof("(parsed|generating) CREATE_CHILD_SA request \\d+ \\[ SA"));
      cases.add(childRekey(initiator));
      cases.add(ikeRekey(initiator));
      cases.add(reauthentication(initiator));
      cases.add(dead(initiator));
      cases.add(mobike(initiator));
      cases.add(virtualIp(initiator));
      cases.add(ppk(initiator));
      cases.add(label(initiator));
      cases.addAll(LiveEapCases.all(initiator, version));
      if (!version.startsWith("5.")) {
        cases.addAll(LiveHybridCases.all(initiator));
      }
    }
    LiveCase swanctl = new LiveCase("our end from a swanctl.conf", true);
    swanctl.swanctl = true;
    cases.add(swanctl);
    cases.add(trap());
    LiveCase packets = new LiveCase("child rekeyed every 3000 packets, 1000/s", true);
    packets.ourChild.put("rekey-packets", "3000");
    cases.add(
        packets
            .deed(tunnel -> tunnel.flood(FLOOD))
            .proof("outbound CHILD_SA net\\{[2-9]\\} established"));
    return cases;
  }

  private static LiveCase suite(String auth, String ike, String esp, boolean initiator) {
    LiveCase one = new LiveCase(auth + ", " + ike, initiator);
    one.auth = auth;
    one.ike = ike;
    one.esp = esp;
    return one.proof("authentication of 'dut.test' with .* successful");
  }

  private static LiveCase fragmentation(boolean initiator) {
    LiveCase one = new LiveCase("fragmentation", initiator);
    one.auth = "rsa";
    one.ourSettings.put("fragment-size", "576");
    one.charon.put("fragment_size", "576");
    return one.proof("received fragment #\\d+ of \\d+, reassembled");
  }

  private static LiveCase cookies(boolean initiator) {
    LiveCase one = new LiveCase("cookies", initiator);
    if (initiator) {
      // one half-open IKE SA of somebody else is enough
      one.charon.put("cookie_threshold", "1");
      one.starts = false;
      one.deed =
          tunnel -> {
            HalfOpen.send(tunnel.net.a, TwoNamespaces.THEIRS);
            tunnel.initiate();
            tunnel.pings();
          };
      return one.proof("parsed IKE_SA_INIT request 0 \\[ N\\(COOKIE\\)");
    }
    one.ourSettings.put("cookie-threshold", "0");
    return one.proof("generating IKE_SA_INIT request 0 \\[ N\\(COOKIE\\)");
  }

  private static LiveCase childRekey(boolean initiator) {
    LiveCase one = new LiveCase("child rekeyed every 2 s, 1000/s", initiator);
    if (initiator) {
      one.ourChild.put("rekey-time", "2s");
      one.ourChild.put("life-time", "60s");
      one.ourChild.put("rand-time", "0");
    } else {
      one.theirChild.put("rekey_time", "2");
      one.theirChild.put("life_time", "60");
    }
    return one.deed(tunnel -> tunnel.flood(FLOOD)).proof("CHILD_SA net\\{\\d+\\} established");
  }

  private static LiveCase ikeRekey(boolean initiator) {
    LiveCase one = new LiveCase("IKE SA rekeyed every 3 s, 1000/s", initiator);
    if (initiator) {
      one.ours.put("rekey-time", "3s");
      one.ours.put("over-time", "60s");
      one.ours.put("rand-time", "0");
    } else {
      one.theirs.put("rekey_time", "3");
      one.theirs.put("over_time", "60");
    }
    return one.deed(tunnel -> tunnel.flood(FLOOD)).proof("IKE_SA gw\\[\\d+\\] rekeyed between");
  }

  private static LiveCase reauthentication(boolean initiator) {
    LiveCase one = new LiveCase("reauthentication, make before break, 1000/s", initiator);
    one.charon.put("make_before_break", "yes");
    if (initiator) {
      one.ours.put("reauth-time", "4s");
      one.ours.put("over-time", "60s");
    } else {
      one.theirs.put("reauth_time", "4");
      one.theirs.put("over_time", "60");
    }
    return one.deed(tunnel -> tunnel.flood(FLOOD))
        .proof("IKE_SA gw\\[[2-9]\\] established between");
  }

  private static LiveCase dead(boolean initiator) {
    LiveCase one = new LiveCase(initiator ? "DPD, the peer killed" : "DPD, we killed", initiator);
    if (initiator) {
      one.ours.put("dpd-delay", "1s");
      one.ourSettings.put("retransmission", "{first: 500ms, base: 1.2, tries: 3}");
      one.deed =
          tunnel -> {
            tunnel.peer.kill();
            tunnel.until(
                "the SA is gone",
                () -> tunnel.daemon().ask(IkeRequest.Verb.STATUS, null).sas().isEmpty());
            if (!tunnel.daemon().log().contains("no response to INFORMATIONAL")) {
              throw new IOException("no reason in our log");
            }
          };
      return one;
    }
    one.theirs.put("dpd_delay", "1");
    one.charon.put("retransmit_timeout", "0.5");
    one.charon.put("retransmit_tries", "2");
    one.deed =
        tunnel -> {
          tunnel.daemon().kill();
          tunnel.until("strongSwan gives up", () -> !tunnel.peer.line("giving up after").isEmpty());
        };
    return one.proof("giving up after \\d+ retransmits");
  }

  private static LiveCase mobike(boolean initiator) {
    LiveCase one = new LiveCase("MOBIKE, address changes", initiator);
    one.ours.put("mobike", "yes");
    one.theirs.put("mobike", "yes");
    one.ours.put("local-addrs", "10.213.1.0/24");
    if (!initiator) {
      one.theirs.put("local_addrs", "%any");
    } else {
      one.theirs.put("remote_addrs", "10.213.1.0/24");
    }
    one.deed =
        tunnel -> {
          String ns = initiator ? tunnel.net.a : tunnel.net.b;
          String old = initiator ? TwoNamespaces.OURS : TwoNamespaces.THEIRS;
          Commands.must("ip -n " + ns + " addr add 10.213.1.9/24 dev e0");
          Commands.must("ip -n " + ns + " addr del " + old + "/24 dev e0");
          // the second address of a net goes with the first, unless it is promoted
          if (!Commands.must("ip -n " + ns + " addr show dev e0").contains("10.213.1.9")) {
            Commands.must("ip -n " + ns + " addr add 10.213.1.9/24 dev e0");
          }
          tunnel.until(
              "we know the new address",
              () ->
                  tunnel.daemon().ask(IkeRequest.Verb.STATUS, null).sas().stream()
                      .anyMatch(sa -> (sa.local() + sa.remote()).contains("10.213.1.9")));
          tunnel.until(
              "packets pass again",
              () -> TwoNamespaces.ping(tunnel.net.a, TwoNamespaces.THEIR_NET, 1, 0.2).all());
          tunnel.pings();
        };
    return one.proof(initiator ? "N\\(UPD_SA_ADDR\\)" : "generating INFORMATIONAL .*UPD_SA_ADDR");
  }

  private static LiveCase virtualIp(boolean initiator) {
    LiveCase one = new LiveCase("virtual IP", initiator);
    String pool = "pools { vips { addrs = 10.215.0.0/24 } }\n";
    if (initiator) {
      one.ownNet = false;
      one.ours.put("vips", "0.0.0.0");
      one.theirs.put("pools", "vips");
      one.theirSections = pool;
      one.deed =
          tunnel -> {
            TwoNamespaces.Pinged pinged =
                TwoNamespaces.ping(tunnel.net.a, TwoNamespaces.THEIR_NET, 5, 0.1);
            TwoNamespaces.Pinged back = TwoNamespaces.ping(tunnel.net.b, "10.215.0.1", 5, 0.1);
            if (!pinged.all() || !back.all()) {
              throw new IOException("pings " + pinged + " and " + back);
            }
          };
      return one.proof("assigning virtual IP");
    }
    one.theirNet = false;
    one.theirs.put("vips", "0.0.0.0");
    one.ours.put("pools", "vips");
    one.ourSections = "pools: {vips: {addrs: 10.215.0.0/24}}\n";
    one.deed =
        tunnel -> {
          TwoNamespaces.Pinged pinged =
              TwoNamespaces.ping(tunnel.net.b, TwoNamespaces.OUR_NET, 5, 0.1);
          if (!pinged.all()) {
            throw new IOException("pings " + pinged);
          }
        };
    return one.proof("installing new virtual IP 10.215");
  }

  private static LiveCase ppk(boolean initiator) {
    LiveCase one = new LiveCase("PPK", initiator);
    mixed(one);
    return one.proof("using PPK for PPK_ID 'quantum.test'");
  }

  /** Lets both have a post-quantum preshared key. */
  static void mixed(LiveCase one) {
    String key = "0x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    one.both("ppk-id", "quantum.test").both("ppk-required", "yes");
    one.theirSections = "secrets { ppk-1 { id = quantum.test\n secret = " + key + " } }\n";
    one.ourSections = "  ppk: {id: quantum.test, secret: " + key + "}\n";
  }

  private static LiveCase label(boolean initiator) {
    LiveCase one = new LiveCase("label, mode simple", initiator);
    String label = "system_u:object_r:ipsec_spd_t:s0";
    one.ourChild.put("label", '"' + label + '"');
    one.ourChild.put("label-mode", "simple");
    one.theirChild.put("label", '"' + label + '"');
    one.theirChild.put("label_mode", "simple");
    return one.proof("CHILD_SA net\\{\\d+\\} established");
  }

  private static LiveCase trap() {
    LiveCase one = new LiveCase("first packet calls, is held and delivered", true);
    one.ourChild.put("start-action", "trap");
    one.ourSettings.put("sa-miss", "linux-queue");
    one.starts = false;
    one.deed =
        tunnel -> {
          TwoNamespaces.Pinged first =
              TwoNamespaces.ping(tunnel.net.a, TwoNamespaces.THEIR_NET, 5, 0.2);
          if (!first.all()) {
            throw new IOException("pings " + first);
          }
          tunnel.pings();
        };
    return one;
  }
}
