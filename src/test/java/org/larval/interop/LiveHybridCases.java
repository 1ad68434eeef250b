package org.larval.interop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.larval.lab.ike.IkeRequest;

/** Additional key exchanges (RFC 9242, 9370) with a live peer, ML-KEM among them. */
final class LiveHybridCases {
  private static final int FLOOD = 10;

  private LiveHybridCases() {}

  static List<LiveCase> all(boolean initiator) {
    List<LiveCase> cases = new ArrayList<>();
    cases.add(one("aes128gcm16-prfsha256-x25519", "ke1_mlkem768", "aes128gcm16", initiator));
    cases.add(one("aes256gcm16-prfsha384-ecp384", "ke1_mlkem1024", "aes256gcm16", initiator));
    cases.add(one("aes256-sha512-modp3072", "ke1_mlkem512", "aes256-sha256", initiator));
    cases.add(
        one(
            "chacha20poly1305-prfsha256-x448",
            "ke1_mlkem768-ke2_ecp521-ke3_mlkem1024",
            "chacha20poly1305",
            initiator));
    cases.add(
        one(
            "aes128gcm16-prfsha256-x25519",
            "ke7_mlkem512-ke2_modp2048-ke4_x448",
            "aes128gcm16",
            initiator));
    cases.add(
        one(
            "aes128gcm16-prfsha256-x25519",
            "ke1_none-ke1_mlkem768-ke2_mlkem768-ke2_none",
            "aes128gcm16",
            initiator));
    LiveCase sole = one("aes128gcm16-prfsha256-mlkem768", "", "aes128gcm16", initiator);
    sole.esp = "aes128gcm16-mlkem768";
    cases.add(sole.proof("CHILD_SA net\\{\\d+} established"));
    LiveCase signed = one("aes128gcm16-prfsha256-x25519", "ke1_mlkem768", "aes128gcm16", initiator);
    signed.name += ", certificates in small fragments";
    signed.auth = "rsa";
    signed.ourSettings.put("fragment-size", "576");
    signed.charon.put("fragment_size", "576");
    cases.add(signed);
    LiveCase plain = one("aes128gcm16-prfsha256-x25519", "ke1_mlkem768", "aes128gcm16", initiator);
    plain.name += ", without fragments";
    plain.both("fragmentation", "no");
    cases.add(plain);
    LiveCase mixed = one("aes128gcm16-prfsha256-x25519", "ke1_mlkem768", "aes128gcm16", initiator);
    mixed.name += ", PPK";
    LiveCases.mixed(mixed);
    cases.add(mixed);
    LiveCase late = one("aes128gcm16-prfsha256-x25519", "ke1_mlkem768", "aes128gcm16", initiator);
    late.name += ", childless";
    cases.add(late.both("childless", "force"));
    cases.add(rekeyed(initiator));
    return cases;
  }

  /** Every rekeying from either side, with pings behind each. */
  private static LiveCase one(String ike, String additional, String esp, boolean initiator) {
    LiveCase one = new LiveCase(additional.isEmpty() ? ike : ike + "-" + additional, initiator);
    one.ike = one.name;
    String first = ike.substring(ike.lastIndexOf('-'));
    one.esp = esp + first + (additional.isEmpty() ? "" : "-" + additional);
    return one.deed(LiveHybridCases::everything)
        .proof("generating IKE_INTERMEDIATE|generating IKE_FOLLOWUP_KE");
  }

  private static void everything(LiveTunnel tunnel) throws IOException {
    tunnel.pings();
    for (int round = 0; round < 2; round++) {
      must(tunnel.daemon().ask(IkeRequest.Verb.REKEY, "net").done(), "our rekeying of the child");
      tunnel.pings();
      must(tunnel.daemon().ask(IkeRequest.Verb.REKEY, null).done(), "our rekeying of the IKE SA");
      tunnel.pings();
      swanctl(tunnel, "--child", "net");
      tunnel.pings();
      swanctl(tunnel, "--ike", "gw");
      tunnel.pings();
    }
    must(tunnel.daemon().ask(IkeRequest.Verb.REAUTH, null).done(), "our reauthentication");
    tunnel.pings();
  }

  private static void must(boolean done, String what) throws IOException {
    if (!done) {
      throw new IOException(what + " fails");
    }
  }

  private static void swanctl(LiveTunnel tunnel, String kind, String name) throws IOException {
    String pattern = kind.equals("--ike") ? "IKE_SA gw\\[\\d+\\] rekeyed" : "established with SPIs";
    long before = tunnel.peer.lines(pattern);
    Commands.Said said = tunnel.peer.swanctl("--rekey", kind, name);
    must(said.status() == 0, "swanctl --rekey " + kind);
    tunnel.until("strongSwan has rekeyed", () -> tunnel.peer.lines(pattern) > before);
  }

  private static LiveCase rekeyed(boolean initiator) {
    LiveCase one = one("aes128gcm16-prfsha256-x25519", "ke1_mlkem768", "aes128gcm16", initiator);
    one.name += ", both rekeyed every 2 s, 1000/s";
    if (initiator) {
      one.ourChild.put("rekey-time", "2s");
      one.ourChild.put("life-time", "60s");
      one.ourChild.put("rand-time", "0");
      one.ours.put("rekey-time", "3s");
      one.ours.put("over-time", "60s");
      one.ours.put("rand-time", "0");
    } else {
      one.theirChild.put("rekey_time", "2");
      one.theirChild.put("life_time", "60");
      one.theirs.put("rekey_time", "3");
      one.theirs.put("over_time", "60");
    }
    return one.deed(tunnel -> tunnel.flood(FLOOD)).proof("IKE_SA gw\\[\\d+\\] rekeyed between");
  }
}
